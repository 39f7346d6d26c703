# lib.sh - what `run`, `oracle` and their parts share: where things are, how the
# chroot is entered, and the words SKIPPED and FAILED.  Sourced, never run.
#
# Settings from the environment:
#   PKI_ROLE_DOGTAG_ROOT     the chroot (default /var/tmp/pki-role-dogtag)
#   PKI_ROLE_DOGTAG_MIRROR   Debian mirror (default: the first one that apt uses)
#   PKI_ROLE_DOGTAG_LOGS     log folder (default: the chroot's name with .logs)

ROOT=${PKI_ROLE_DOGTAG_ROOT:-/var/tmp/pki-role-dogtag}
LOGS=${PKI_ROLE_DOGTAG_LOGS:-$ROOT.logs}
export PKI_ROLE_DOGTAG_ROOT=$ROOT PKI_ROLE_DOGTAG_LOGS=$LOGS
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

JARS=/usr/share/java   # in the chroot

say() { echo "[$(date +%T)] $*"; }

# This machine cannot run the test.  That is no failure of the program.
skip() { echo "SKIPPED: $*"; exit 0; }

die() { echo "dogtag test: $*" >&2; exit 1; }

# A command in the chroot, with nothing of the caller's environment.
in_root() { chroot "$ROOT" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root "$@"; }

# Everything that needs mounts runs in namespaces of its own, so that the
# mounts are nobody else's and go with the last process.
need_namespaces() {
  [ "$(id -u)" = 0 ] || skip "needs root (a chroot with mounts, servers under their own accounts)"
  command -v unshare >/dev/null || skip "needs unshare (util-linux)"
  unshare --mount --pid --fork --net --uts --ipc true 2>/dev/null || skip "may not create namespaces here"
}

# To be called in a mount namespace: the file systems that programs in the
# chroot need.  /dev is a small one of our own: no /dev/log of the host.
mount_root() {
  local node
  mount -t proc proc "$ROOT/proc"
  mount -t tmpfs -o mode=755 tmpfs "$ROOT/run"
  mkdir -p "$ROOT/run/lock"; chmod 1777 "$ROOT/run/lock"
  mount -t tmpfs -o mode=755 tmpfs "$ROOT/dev"
  for node in null zero full random urandom tty; do
    : > "$ROOT/dev/$node"
    mount --bind "/dev/$node" "$ROOT/dev/$node"
  done
  ln -s /proc/self/fd "$ROOT/dev/fd"
  ln -s /proc/self/fd/0 "$ROOT/dev/stdin"
  ln -s /proc/self/fd/1 "$ROOT/dev/stdout"
  ln -s /proc/self/fd/2 "$ROOT/dev/stderr"
  mkdir "$ROOT/dev/shm" "$ROOT/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$ROOT/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$ROOT/dev/pts"
  ln -s pts/ptmx "$ROOT/dev/ptmx"
}
