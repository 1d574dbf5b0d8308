//! Any text as what somebody searches.
#![no_main]

use std::sync::LazyLock;

use barre_core::resolution::Suit;
use barre_core::search::{Page, Query, Search, Sort};

static SHOP: LazyLock<Search> = LazyLock::new(|| Search::new(barre_fuzz::shop().into()));

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (sort, text) = text.split_once('\n').unwrap_or(("", text));
    let Ok(query) = text.parse::<Query>() else { return };
    let sort = sort.parse().unwrap_or(Sort::Relevance);
    let find = |query: &Query, limit: usize| {
        SHOP.find(query, Page { offset: 0, limit, sort }, |_| Suit::Suits { place: 0 })
    };
    let (all, none) = (find(&query, usize::MAX), find(&query, 0));
    assert_eq!(all.count, none.count, "the count is that of all pages");
    assert!(find(&query.of("acme"), usize::MAX).count <= all.count, "of one organization there are no more");
});
