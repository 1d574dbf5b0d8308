//! The terms of documents in the order in which they come, before there is an index of them.

use super::field::Fields;
use super::numbers::Numbers;
use super::terms::Terms;

/// Most terms of a document: of a package that has more, the last of its modules and summary are not found.
const MOST_TERMS: usize = 256;

/// What was gathered so far. Terms are numbered as they first occur.
#[derive(Default)]
pub(super) struct Gathered {
    numbers: Numbers,
    /// Where in `terms` each term is for the last time.
    last: Vec<usize>,
    /// Those of all documents behind each other, and in which fields they have them.
    terms: Vec<u32>,
    fields: Vec<Fields>,
    /// Where in `terms` each document ends.
    ends: Vec<usize>,
}

impl Gathered {
    /// Adds a term of the document that is gathered. One that it has already is there in these fields, too.
    pub(super) fn add(&mut self, term: &str, fields: Fields) {
        let begin = self.ends.last().copied().unwrap_or(0);
        let known = self.numbers.of(term);
        if let Some(there) = known.map(|number| self.last[number as usize]).filter(|there| begin <= *there) {
            self.fields[there] = self.fields[there].with(fields);
        } else if !term.is_empty() && self.terms.len() - begin < MOST_TERMS {
            let number = known.unwrap_or_else(|| self.number(term));
            self.last[number as usize] = self.terms.len();
            self.terms.push(number);
            self.fields.push(fields);
        }
    }

    fn number(&mut self, term: &str) -> u32 {
        let next = u32::try_from(self.last.len()).unwrap_or(u32::MAX);
        self.numbers.insert(term, next);
        self.last.push(0);
        next
    }

    /// Begins the next document.
    pub(super) fn end(&mut self) {
        self.ends.push(self.terms.len());
    }

    /// The same terms in order, each with its documents.
    pub(super) fn sorted(self) -> Terms {
        let Self { numbers, last, terms, fields, ends } = self;
        drop(last);
        let sorted = numbers.sorted();
        let mut places = vec![0_usize; sorted.len()];
        for (place, (_, number)) in sorted.iter().enumerate() {
            places[*number as usize] = place;
        }
        let keys = sorted.iter().enumerate().map(|(place, (term, _))| (term, place as u64));
        // It fails only where terms are not sorted.
        let dictionary = fst::Map::from_iter(keys).unwrap_or_default();
        drop(sorted);
        let mut starts = vec![0_u32; places.len() + 1];
        for term in &terms {
            starts[places[*term as usize] + 1] += 1;
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        let mut next = starts.clone();
        let (mut documents, mut listed) = (vec![0; terms.len()], vec![Fields::NONE; terms.len()]);
        let mut begin = 0;
        for (document, end) in (0_u32..).zip(ends) {
            for (term, fields) in terms[begin..end].iter().zip(&fields[begin..end]) {
                let at = &mut next[places[*term as usize]];
                (documents[*at as usize], listed[*at as usize]) = (document, *fields);
                *at += 1;
            }
            begin = end;
        }
        Terms { dictionary, starts, documents, fields: listed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_limit_of_a_document_is_left_out() {
        let mut gathered = Gathered::default();
        (0..=MOST_TERMS).for_each(|number| gathered.add(&number.to_string(), Fields::SUMMARY));
        gathered.add("0", Fields::NAME);
        gathered.end();
        gathered.add(&MOST_TERMS.to_string(), Fields::NAME);
        gathered.end();
        let terms = gathered.sorted();
        for (term, expected) in [
            (0, (0, Fields::SUMMARY.with(Fields::NAME))),
            (MOST_TERMS - 1, (0, Fields::SUMMARY)),
            (MOST_TERMS, (1, Fields::NAME)),
        ] {
            let place = terms.equal(&term.to_string()).unwrap();
            assert_eq!(terms.documents_of(place..place + 1).collect::<Vec<_>>(), [expected], "{term}");
        }
    }
}
