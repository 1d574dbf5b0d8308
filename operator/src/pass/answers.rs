//! What somebody outside the cluster said a moment ago, so that a burst of passes asks once.

use std::{
    collections::HashMap,
    sync::Mutex,
    time::{Duration, Instant},
};

use super::lock::lock;

/// How long an answer is good enough for a pass that something else triggered.
const FRESH: Duration = Duration::from_mins(1);

/// The last answer for each object, by uid. Only a cache: losing it costs a few requests.
pub(crate) struct Answers<A>(Mutex<HashMap<String, Answered<A>>>);

struct Answered<A> {
    question: String,
    answer: A,
    at: Instant,
}

impl<A> Default for Answers<A> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<A: Clone> Answers<A> {
    /// Keeps what was said to a question.
    pub(crate) fn remember(&self, uid: &str, question: String, answer: A) {
        let mut all = lock(&self.0);
        all.retain(|_, answered| answered.at.elapsed() < FRESH);
        all.insert(uid.to_owned(), Answered { question, answer, at: Instant::now() });
    }

    /// Returns the recent answer to the same question.
    pub(crate) fn recent(&self, uid: &str, question: &str) -> Option<A> {
        let all = lock(&self.0);
        let answered = all.get(uid)?;
        (answered.question == question && answered.at.elapsed() < FRESH).then(|| answered.answer.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_question_needs_another_answer() {
        let answers = Answers::default();
        answers.remember("uid", "question".into(), 1);
        assert_eq!(answers.recent("uid", "question"), Some(1));
        assert_eq!(answers.recent("uid", "other"), None);
        assert_eq!(answers.recent("other", "question"), None);
    }
}
