# Sourced by what talks to a cluster: which one, and how images get there.
# shellcheck shell=bash disable=SC2034

source "$(dirname "${BASH_SOURCE[0]}")/cluster/lib.sh"

# The current context of kubectl is never used by accident: either it is named, or it is our own cluster.
if [ -n "${BARRE_CONTEXT-}" ]; then
  command -v kubectl >/dev/null || die "BARRE_CONTEXT needs kubectl on PATH"
  mkdir -p "${state%/*}"
  kubeconfig=${state%/*}/context.kubeconfig
  (umask 077 && kubectl config view --minify --flatten --context "$BARRE_CONTEXT" >"$kubeconfig") ||
    die "there is no context \"$BARRE_CONTEXT\" in your kubeconfig"
  kubectl() { command kubectl --kubeconfig "$kubeconfig" "$@"; }
else
  kubectl() { "$(components)/bin/kubectl" --kubeconfig "$kubeconfig" "$@"; }
fi

# Makes the cluster ready to be used.
ready_cluster() {
  if [ -z "${BARRE_CONTEXT-}" ]; then
    "$here/up"
    return
  fi
  [ -n "${BARRE_IMAGE_LOAD-}${BARRE_IMAGE_PREFIX-}" ] ||
    die "BARRE_CONTEXT needs a way for images: BARRE_IMAGE_LOAD, a command that takes an archive (kind load image-archive), or BARRE_IMAGE_PREFIX, a registry to push to"
  say "using context $BARRE_CONTEXT, server $(kubectl config view -o 'jsonpath={.clusters[0].cluster.server}')"
}

# Brings an image to the cluster, and prints the reference that pods use.
bring() { # REFERENCE
  local archive remote
  archive=$(archive_of "$1")
  if [ -z "${BARRE_CONTEXT-}" ]; then
    "$here/load" "$1" && printf '%s\n' "$1"
  elif [ -n "${BARRE_IMAGE_PREFIX-}" ]; then
    remote=$BARRE_IMAGE_PREFIX/${1##*/}
    buildah --storage-driver vfs push "oci-archive:$archive" "docker://$remote" >&2 && printf '%s\n' "$remote"
  else
    $BARRE_IMAGE_LOAD "$archive" >&2 && printf '%s\n' "$1"
  fi
}
