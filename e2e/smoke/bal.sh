#!/usr/bin/env bash
# `bal.sh ENDPOINT [WAY]` tries your own `bal` with a registry that runs: a package is made, packed, pushed, pulled, and
# built against; then search and tools. WAY is one of those of `barre-registry setup bal`; without it, maven.
#
#   BARRE_TOKEN=…        a token that may publish to the organization
#   BARRE_ORG=smoke      the organization of what is pushed. It stays there: each run pushes one more version
#   BARRE_TOOL=ID        a tool that the registry has: it is pulled, too
#   BARRE_REGISTRY=FILE  that program says how `bal` is set up, instead of one that is built
#
# Nothing of yours is read or changed: `bal` has a home of its own in a temporary folder, which is removed. What your `bal`
# needs for the way `central` (JAVA_TOOL_OPTIONS with a trust store) is taken from the environment.

source "$(dirname "${BASH_SOURCE[0]}")/../cluster/lib.sh"

[[ $# = 1 || $# = 2 ]] || die "usage: bal.sh ENDPOINT [WAY], for example bal.sh https://packages.example.com maven"
endpoint=${1%/} way=${2:-maven}
org=${BARRE_ORG:-smoke} token=${BARRE_TOKEN-}
command -v bal >/dev/null || die "there is no \`bal\` on PATH: install Ballerina, or add its folder to PATH"
[ -n "$token" ] || die "set BARRE_TOKEN to a token that may publish to the organization \"$org\" (BARRE_ORG names another)"
# The way `central` may lead there by a name that only the JVM knows.
[ "$way" = central ] || curl --silent --show-error --fail --max-time 20 --output /dev/null "$endpoint/" ||
  die "no registry answers at $endpoint"

registry=${BARRE_REGISTRY-}
if [ -z "$registry" ]; then
  say "building the registry, which says how \`bal\` is set up"
  (cd "$root" && cargo build --quiet --package barre-registry)
  registry=${CARGO_TARGET_DIR:-$root/target}/debug/barre-registry
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/log" "$work/home"
settings=$("$registry" setup bal --endpoint "$endpoint" --way "$way" --token-placeholder '@TOKEN@') || exit 1
export HOME=$work/home CENTRAL_VERBOSE_ENABLED=true
# The JVM takes the home of a user from elsewhere.
export JAVA_TOOL_OPTIONS="${JAVA_TOOL_OPTIONS-} -Duser.home=$HOME"
unset BALLERINA_CENTRAL_ACCESS_TOKEN

name=smoke_lib version=0.1.$(date +%s)
package=$org/$name
repository=() named=
case $way in
  maven | oci) repository=(--repository=ours) named='repository = "ours"' ;;
  # It is only read from without being named.
  maven-proxy) repository=(--repository=ours) ;;
esac

# A folder of packages of its own, so that nothing is there already.
empty_home() { # NAME
  export BALLERINA_HOME_DIR=$work/$1
  mkdir -p "$BALLERINA_HOME_DIR"
  (umask 077 && printf '%s\n' "${settings//@TOKEN@/$token}" >"$BALLERINA_HOME_DIR/Settings.toml")
}

new() {
  cd "$work"
  bal new "$name" --template lib
  cat >"$name/Ballerina.toml" <<TOML
[package]
org = "$org"
name = "$name"
version = "$version"
TOML
  rm -rf "$name/tests" "$name"/*.bal
  printf 'public function greet() returns string => "hello";\n' >"$name/lib.bal"
}

pack() {
  cd "$work/$name"
  bal pack
  ls target/bala/*.bala
}

push() {
  cd "$work/$name"
  bal push "${repository[@]}"
}

pull() {
  empty_home pull
  cd "$work"
  if [ "$way" = maven-proxy ]; then bal pull "$package:$version"; else bal pull "$package:$version" "${repository[@]}"; fi
  find "$BALLERINA_HOME_DIR/repositories" -type d -path "*/$org/$name/$version" | grep .
}

build() {
  empty_home build
  cd "$work"
  bal new smoke_app
  cat >smoke_app/Ballerina.toml <<TOML
[package]
org = "$org"
name = "smoke_app"
version = "0.1.0"

[[dependency]]
org = "$org"
name = "$name"
version = "$version"
$named
TOML
  rm -rf smoke_app/tests
  cat >smoke_app/main.bal <<BAL
import ballerina/io;
import $package;

public function main() {
    io:println($name:greet());
}
BAL
  cd smoke_app
  bal build
  find target/bin -name '*.jar' | grep .
}

search() {
  empty_home search
  bal search "$name" | tee "$work/found"
  grep -q "$name" "$work/found"
}

tool() {
  empty_home tool
  bal tool search "$name"
  [ -z "${BARRE_TOOL-}" ] || bal tool pull "$BARRE_TOOL"
}

failed=()
results=()
# Runs a step by itself, and says what it did where it fails.
try() { # STEP
  local step=$1 began=$SECONDS result=pass
  say "$step"
  # In the background, because `set -e` is off in a condition.
  (
    trap - ERR
    "$step"
  ) </dev/null >"$work/log/$step" 2>&1 &
  wait $! || { result=FAIL failed+=("$step"); }
  results+=("$(printf '%-8s %-4s %4s s' "$step" "$result" $((SECONDS - began)))")
}
leave_out() { # STEP WHY
  results+=("$(printf '%-8s -    %s' "$1" "$2")")
}

empty_home push
for step in new pack push pull build; do
  case ${failed[*]} in
    *new* | *pack* | *push*) leave_out "$step" "because of ${failed[0]}" ;;
    *) try "$step" ;;
  esac
done
for step in search tool; do
  case $way in
    central | maven-proxy) try "$step" ;;
    *) leave_out "$step" "does not go through $way" ;;
  esac
done

for step in "${failed[@]}"; do
  log=$(cat "$work/log/$step")
  printf '\n--- %s ---\n%s\n' "$step" "${log//"$token"/(the token)}"
done
printf '\n%s with %s, by the way %s:\n\n' "$package:$version" "$endpoint" "$way"
printf '  %s\n' "${results[@]}"
[ ${#failed[@]} -eq 0 ] || exit 1
