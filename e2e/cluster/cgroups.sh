# The cluster's own cgroups, in both layouts. Sourced by `start` and `stop`, which run as root.
# Tested with cgroup v1 (a folder in every controller's hierarchy); written for v2 as well, which is untested.
# shellcheck shell=bash disable=SC2154

cgroup_version() {
  if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then echo v2; else echo v1; fi
}

# Folders that are the cluster's: $id/node holds the components, $id/kubepods the containers.
cgroup_folders() {
  local hierarchy
  if [ "$(cgroup_version)" = v2 ]; then
    printf '%s\n' "/sys/fs/cgroup/$id"
    return
  fi
  for hierarchy in /sys/fs/cgroup/*; do # links such as cpu -> cpu,cpuacct would count twice
    if [ ! -L "$hierarchy" ] && [ -e "$hierarchy/cgroup.procs" ]; then printf '%s\n' "$hierarchy/$id"; fi
  done
}

make_cgroups() {
  local folder
  for folder in $(cgroup_folders); do
    mkdir -p "$folder"
    case $folder in
      /sys/fs/cgroup/cpuset/* | /sys/fs/cgroup/cpuset,*) # v1: empty until set, and no process may enter before
        cat "${folder%/*}/cpuset.cpus" >"$folder/cpuset.cpus"
        cat "${folder%/*}/cpuset.mems" >"$folder/cpuset.mems"
        echo 1 >"$folder/cgroup.clone_children"
        ;;
    esac
    mkdir -p "$folder/node"
    # v2: what the kubelet limits pods with must be passed down from the top.
    if [ "$(cgroup_version)" = v2 ]; then
      pass_down_controllers "${folder%/*}"
      pass_down_controllers "$folder"
    fi
  done
}

pass_down_controllers() { # FOLDER
  local controller
  for controller in cpu cpuset memory pids hugetlb; do # the ones the kubelet asks for, as far as there are
    echo "+$controller" >"$1/cgroup.subtree_control" 2>/dev/null || true
  done
}

# Moves this process, and so all it starts: a build server that ends a job's cgroup must not end the cluster.
enter_cgroups() {
  local folder
  for folder in $(cgroup_folders); do echo "$BASHPID" >"$folder/node/cgroup.procs"; done
}

kill_cgroups() {
  local folder
  for folder in $(cgroup_folders); do
    [ -d "$folder" ] || continue
    find "$folder" -name cgroup.procs -exec cat {} + 2>/dev/null | sort -u | xargs -r kill -KILL 2>/dev/null || true
  done
}

no_cgroups() {
  local folder left=0
  for folder in $(cgroup_folders); do
    [ -d "$folder" ] || continue
    find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ ! -d "$folder" ] || left=1
  done
  return $left
}
