//! Numbers about the operator, under the names that controller-runtime made common: existing dashboards just work.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{Resource, ResourceExt, core::DeserializeGuard};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeLabelValue, EncodeMetric, text::encode},
    metrics::{MetricType, counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry as Numbers, Unit},
};

/// The controller that a number belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the label's value")]
pub(crate) enum Controller {
    registry,
    packagemirror,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    controller: Controller,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    controller: Controller,
    result: Outcome,
}

/// How a pass ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelValue)]
#[expect(non_camel_case_types, reason = "the label's value")]
pub(crate) enum Outcome {
    success,
    error,
}

/// One condition of one object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ConditionLabels {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) condition: String,
    pub(crate) status: String,
    pub(crate) reason: String,
}

impl ConditionLabels {
    /// Returns the conditions of all objects that can be read. What is deleted is not among them: nothing has to be forgotten.
    pub(crate) fn all<K: Resource>(
        objects: &[Arc<DeserializeGuard<K>>],
        conditions: fn(&K) -> &[Condition],
    ) -> Vec<Self> {
        let readable = objects.iter().filter_map(|object| object.0.as_ref().ok());
        let all = readable.flat_map(|object| conditions(object).iter().map(move |it| (object, it)));
        let labels = all.map(|(object, condition)| Self {
            namespace: object.namespace().unwrap_or_default(),
            name: object.name_any(),
            condition: condition.type_.clone(),
            status: condition.status.clone(),
            reason: condition.reason.clone(),
        });
        labels.collect()
    }
}

type Source = Box<dyn Fn() -> Vec<ConditionLabels> + Send + Sync>;

/// Where conditions of a kind are read when somebody asks for numbers.
#[derive(Clone)]
struct Conditions {
    name: &'static str,
    help: &'static str,
    source: Arc<OnceLock<Source>>,
}

impl Conditions {
    fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, source: Arc::default() }
    }
}

impl fmt::Debug for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Conditions")
    }
}

impl Collector for Conditions {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(source) = self.source.get() else { return Ok(()) };
        let mut family = encoder.encode_descriptor(self.name, self.help, None, MetricType::Gauge)?;
        let one = Gauge::<i64>::default();
        one.set(1);
        for labels in source() {
            one.encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// All numbers; cheap to clone.
#[derive(Clone)]
pub(crate) struct Metrics {
    all: Arc<Numbers>,
    passes: Family<ResultLabels, Counter>,
    errors: Family<Labels, Counter>,
    seconds: Family<Labels, Histogram>,
    registries: Conditions,
    mirrors: Conditions,
    active: Family<Labels, Gauge>,
    status_writes: Family<Labels, Counter>,
}

impl Metrics {
    /// Registers everything; `concurrency` is how many passes may run at a time.
    pub(crate) fn new(concurrency: u16) -> Self {
        let mut all = Numbers::default();
        let passes = Family::<ResultLabels, Counter>::default();
        all.register("controller_runtime_reconcile", "Passes by result", passes.clone());
        let errors = Family::<Labels, Counter>::default();
        all.register("controller_runtime_reconcile_errors", "Passes that failed", errors.clone());
        let seconds = Family::<Labels, Histogram>::new_with_constructor(|| {
            Histogram::new([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0])
        });
        all.register("controller_runtime_reconcile_time_seconds", "How long a pass takes", seconds.clone());
        let active = Family::<Labels, Gauge>::default();
        all.register("controller_runtime_active_workers", "Passes that run now", active.clone());
        let most = Family::<Labels, Gauge>::default();
        for controller in [Controller::registry, Controller::packagemirror] {
            most.get_or_create(&Labels { controller }).set(concurrency.into());
        }
        all.register("controller_runtime_max_concurrent_reconciles", "Passes that may run at a time", most);
        let status_writes = Family::<Labels, Counter>::default();
        all.register("barre_operator_status_writes", "Changes of a status", status_writes.clone());
        let started = Gauge::<i64>::default();
        started.set(jiff_seconds());
        all.register_with_unit("process_start_time", "When the operator started", Unit::Seconds, started);
        let registries =
            Conditions::new("barre_operator_registry_condition", "Conditions of Registries, each 1");
        let mirrors =
            Conditions::new("barre_operator_packagemirror_condition", "Conditions of PackageMirrors, each 1");
        for conditions in [&registries, &mirrors] {
            all.register_collector(Box::new(conditions.clone()));
        }
        Self { all: Arc::new(all), passes, errors, seconds, registries, mirrors, active, status_writes }
    }

    /// Counts a pass from now until it is dropped or finished.
    pub(crate) fn pass(&self, controller: Controller) -> Pass {
        self.active.get_or_create(&Labels { controller }).inc();
        Pass { metrics: self.clone(), controller, start: Instant::now() }
    }

    /// Tells the conditions that `source` returns, from now on.
    pub(crate) fn watch_conditions(
        &self,
        controller: Controller,
        source: impl Fn() -> Vec<ConditionLabels> + Send + Sync + 'static,
    ) {
        let conditions = match controller {
            Controller::registry => &self.registries,
            Controller::packagemirror => &self.mirrors,
        };
        // There is one source, which lives as long as the process.
        let _ = conditions.source.set(Box::new(source));
    }

    /// Counts a change of a status.
    pub(crate) fn status_written(&self, controller: Controller) {
        self.status_writes.get_or_create(&Labels { controller }).inc();
    }

    /// Renders everything in the text format of `OpenMetrics`.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.all).expect("writing to a String cannot fail");
        text
    }
}

fn jiff_seconds() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "the start of the process is the clock's business")]
    jiff::Timestamp::now().as_second()
}

/// A pass that runs.
pub(crate) struct Pass {
    metrics: Metrics,
    controller: Controller,
    start: Instant,
}

impl Pass {
    /// Ends the pass and returns how long it took.
    pub(crate) fn finish(self, outcome: Outcome) -> Duration {
        let took = self.start.elapsed();
        let controller = self.controller;
        let labels = Labels { controller };
        self.metrics.seconds.get_or_create(&labels).observe(took.as_secs_f64());
        self.metrics.passes.get_or_create(&ResultLabels { controller, result: outcome }).inc();
        if outcome == Outcome::error {
            self.metrics.errors.get_or_create(&labels).inc();
        }
        took
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.metrics.active.get_or_create(&Labels { controller: self.controller }).dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_controller_runtime() {
        let metrics = Metrics::new(8);
        metrics.pass(Controller::registry).finish(Outcome::success);
        metrics.pass(Controller::registry).finish(Outcome::error);
        metrics.pass(Controller::packagemirror).finish(Outcome::success);
        let [namespace, name, condition, status, reason] =
            ["team", "packages", "TokensReady", "False", "TokensUnusable"].map(ToOwned::to_owned);
        let labels = ConditionLabels { namespace, name, condition, status, reason };
        metrics.watch_conditions(Controller::registry, move || vec![labels.clone()]);
        let text = metrics.text();
        for line in [
            r#"controller_runtime_reconcile_total{controller="registry",result="success"} 1"#,
            r#"controller_runtime_reconcile_total{controller="packagemirror",result="success"} 1"#,
            r#"controller_runtime_reconcile_errors_total{controller="registry"} 1"#,
            r#"controller_runtime_active_workers{controller="registry"} 0"#,
            r#"controller_runtime_max_concurrent_reconciles{controller="registry"} 8"#,
            r#"controller_runtime_reconcile_time_seconds_count{controller="registry"} 2"#,
            r#"barre_operator_registry_condition{namespace="team",name="packages",condition="TokensReady",status="False",reason="TokensUnusable"} 1"#,
        ] {
            assert!(text.lines().any(|l| l == line), "'{line}' is not in:\n{text}");
        }
    }
}
