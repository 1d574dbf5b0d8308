//! What somebody outside the cluster said a moment ago, so that a burst of passes asks once.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use super::lock::lock;

/// The last answer for each object, by uid. Only a cache: losing it costs a few requests.
pub(crate) struct Answers<A> {
    /// How long an answer is good enough for a pass that something else triggered.
    fresh: Duration,
    all: Mutex<HashMap<String, Answered<A>>>,
}

struct Answered<A> {
    question: String,
    answer: A,
    at: Instant,
}

impl<A: Clone> Answers<A> {
    /// Keeps each answer for this time.
    pub(crate) fn for_the_last(fresh: Duration) -> Self {
        Self { fresh, all: Mutex::default() }
    }

    /// Keeps what was said to a question.
    pub(crate) fn remember(&self, uid: &str, question: String, answer: A) {
        let mut all = lock(&self.all);
        all.retain(|_, answered| answered.at.elapsed() < self.fresh);
        all.insert(uid.to_owned(), Answered { question, answer, at: Instant::now() });
    }

    /// Returns the recent answer to the same question.
    pub(crate) fn recent(&self, uid: &str, question: &str) -> Option<A> {
        let all = lock(&self.all);
        let answered = all.get(uid)?;
        (answered.question == question && answered.at.elapsed() < self.fresh).then(|| answered.answer.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_question_needs_another_answer() {
        let answers = Answers::for_the_last(Duration::from_mins(1));
        answers.remember("uid", "question".into(), 1);
        assert_eq!(answers.recent("uid", "question"), Some(1));
        assert_eq!(answers.recent("uid", "other"), None);
        assert_eq!(answers.recent("other", "question"), None);
    }
}
