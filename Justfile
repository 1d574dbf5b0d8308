# The only interface to the project. `./just` lists the recipes.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Lists the recipes.
default:
    @just --justfile {{justfile()}} --list --unsorted

# Local cluster, operator, a sample Registry over S3, a package pushed and pulled, a mirror of it: prints what to do next.
up:
    @e2e/up

# Ends the local cluster and leaves nothing behind but caches.
down:
    @e2e/cluster/down

# Serves one registry on a local folder, without Kubernetes. Ends with Ctrl-C.
serve folder="data":
    @e2e/serve {{quote(folder)}}

# Everything that CI runs: formatting, lints, generated files, all tests, also those that need the cluster.
test:
    @e2e/test

# The same with the long windows: ten quiet minutes for the operator, outages of two minutes; and the upgrade.
soak:
    @BARRE_SOAK=1 e2e/test
    @e2e/upgrade

# From the release before to this one, back and forth under load: loses no request and no push. Ten minutes.
upgrade:
    @e2e/upgrade

# The tests that need no cluster.
test-fast:
    cargo fmt --all --check
    cargo test --workspace --lib --bins --test it --test memory

# Tries the log under faults with this many seeds; `./just test` tries 300.
model seeds:
    BARRE_MODEL_SEEDS={{quote(seeds)}} cargo test --package barre-registry --test it model

# Shows that tests can fail: they must find each of the bugs of e2e/model-bugs, which are put into copies of the code.
model-bugs *arguments:
    @e2e/model-bugs/run {{arguments}}

# What `test` does not: dependencies (bans, licences, sources), unused dependencies, spelling, clients of OCI.
check:
    @e2e/check

# What clients of OCI get: crane, oras and the conformance tests of the specification, on loopback. Needs Go.
oci:
    @e2e/oci

# The Java libraries of `bal` drive a registry on loopback, or the one of `--endpoint URL --token-file FILE`. Needs a JDK and Maven.
clients *arguments:
    @e2e/clients {{arguments}}

# Looks for bytes that make the readers of what clients send, and of segments, panic or take too much; outside of `test`.
fuzz seconds="60" *targets:
    @e2e/fuzz/run {{quote(seconds)}} {{targets}}

# Which changes of the core's readers and fold no test finds. Hours; name files to look only at these.
mutants *files:
    @e2e/mutants {{files}}

# Formats the code.
fmt:
    cargo fmt --all

# Writes manifests/crds from the types.
crds:
    cargo run --quiet --package barre-crds --bin crdgen

# Writes the sample package.
samples:
    cargo run --quiet --package barre-e2e --bin samplegen

# Starts the local Kubernetes: one node, DNS, metrics, an S3 store.
cluster-up:
    @e2e/cluster/up

# Ends the local Kubernetes.
cluster-down:
    @e2e/cluster/down

# Builds the images and prints their references.
image:
    @e2e/images

# Builds the images and installs CRDs and operator into the cluster.
install:
    @e2e/install

# Speed beside nginx, versitygw and docker-registry, as ratios: ten minutes. `./just bench hot` measures only that part.
bench *parts:
    @e2e/bench/run {{parts}}

# What a well-behaved client notices of slow, idle, huge, broken and greedy ones. Less than two minutes, on loopback.
abuse:
    @e2e/abuse
