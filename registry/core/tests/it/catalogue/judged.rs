//! What people type when they look for one of these packages: it is among the first three that are found.

use std::sync::Arc;

use barre_core::resolution::Suit;
use barre_core::search::{Page, Query, Scope, Search, Sort};
use barre_core::state::{Release, State};
use jiff::Timestamp;

use super::{LazyLock, STATE};

/// The query, and the package that is meant.
const JUDGED: &str = include_str!("../../../testdata/judged.tsv");

/// Among so many of the first.
const FIRST: Page = Page { offset: 0, limit: 3, sort: Sort::Relevance };

static SEARCH: LazyLock<Search> = LazyLock::new(|| {
    let state = State::clone(&STATE).into();
    Search::new(Scope { state, admission: Arc::default(), now: Timestamp::UNIX_EPOCH })
});

fn judged() -> impl Iterator<Item = (&'static str, &'static str)> {
    JUDGED.lines().map(|line| line.split_once('\t').unwrap())
}

/// The queries by which the package that is meant is not among the first, and what is.
fn missed(change: impl Fn(&str) -> String) -> Vec<String> {
    let suit = |_: &Release| Suit::Suits { place: 0 };
    let missed = judged().filter_map(|(query, meant)| {
        let query = change(query);
        let found = SEARCH.find(&query.parse::<Query>().unwrap(), FIRST, suit);
        let found: Vec<_> = found.packages.iter().map(ToString::to_string).collect();
        (!found.iter().any(|package| package == meant)).then(|| format!("{query} ({meant}): {found:?}"))
    });
    missed.collect()
}

/// At most a twentieth.
fn expect_nearly_none(what: &str, missed: &[String]) {
    assert!(missed.len() * 20 <= judged().count(), "{what}:\n{}", missed.join("\n"));
}

/// Changes the longest word of a query.
fn longest(query: &str, change: impl Fn(&mut Vec<char>)) -> String {
    let start = query.find(':').map_or(0, |colon| colon + 1 + query[colon..].find(' ').unwrap_or(0));
    let (fixed, words) = query.split_at(start);
    let longest = words.split([' ', '.', '/']).max_by_key(|word| word.len()).unwrap();
    let mut letters: Vec<char> = longest.chars().collect();
    change(&mut letters);
    format!("{fixed}{}", words.replacen(longest, &letters.iter().collect::<String>(), 1))
}

#[test]
fn what_people_type_finds_what_they_mean() {
    assert_eq!(judged().count(), 50);
    expect_nearly_none("as it is", &missed(str::to_owned));
}

#[test]
fn one_typo_is_no_hindrance() {
    let swap = |word: &mut Vec<char>| {
        let half = word.len() / 2;
        word.swap(half - 1, half);
    };
    let lose = |word: &mut Vec<char>| {
        word.remove(word.len() / 2);
    };
    let double = |word: &mut Vec<char>| word.insert(word.len() / 2, 'x');
    let mistake = |word: &mut Vec<char>| {
        let last = word.len() - 2;
        word[last] = 'q';
    };
    expect_nearly_none("two letters swapped", &missed(|query| longest(query, swap)));
    expect_nearly_none("a letter is missing", &missed(|query| longest(query, lose)));
    expect_nearly_none("a letter too many", &missed(|query| longest(query, double)));
    expect_nearly_none("a wrong letter", &missed(|query| longest(query, mistake)));
}
