#!/bin/sh
# SPDX-License-Identifier: ISC
# boot.sh DIRECTORY: starts a throw-away machine. systemd is process 1 of its own process, mount, network,
# IPC, UTS and cgroup namespaces; its files are this machine's below a layer that is forgotten at the end.
# Ends when systemd ends, and leaves an empty cgroup to whoever removes it: itself.
set -eu
base=$1

# First in a mount namespace of its own, in a cgroup of its own: the new machine's root cgroup.
if [ "${2-}" = "" ]; then
    home=$(sed -n 's/^0:://p' /proc/self/cgroup)
    mkdir "$base/cgroup"
    mount -t cgroup2 cgroup2 "$base/cgroup"
    own="$base/cgroup/echocell-test-$$"
    mkdir "$own"
    echo $$ >"$own/cgroup.procs"
    unshare --mount --pid --fork --kill-child --net --ipc --uts --cgroup "$0" "$base" inside || true
    echo $$ >"$base/cgroup$home/cgroup.procs"
    exec find "$own" -depth -type d -exec rmdir {} +
fi

mount -t tmpfs -o mode=755 tmpfs "$base"
root=$base/root
mkdir "$base/upper" "$base/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$base/upper,workdir=$base/work" "$root"

# What the machine's hardware would be. Its own /proc/sys and /sys are this machine's: read-only.
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mountpoint -q "$root/sys/fs/cgroup" || mount -t tmpfs tmpfs "$root/sys/fs/cgroup" 2>/dev/null || true
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
for place in run tmp dev; do
    mount -t tmpfs -o mode=755 tmpfs "$root/$place"
done
chmod 1777 "$root/tmp"
for device in null zero full random urandom tty; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ip link set lo up

# The index of all manuals is of no use here and takes seconds.
ln -sf /bin/true "$root/usr/bin/mandb"

# Nothing that this machine would start by itself, and nobody who forbids services, as in images for containers.
rm -f "$root/usr/sbin/policy-rc.d"
rm -rf "$root"/etc/systemd/system/*.wants
: >"$root/etc/fstab"
for unit in systemd-sysctl.service systemd-modules-load.service systemd-remount-fs.service systemd-udevd.service \
    systemd-timesyncd.service systemd-random-seed.service sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

cd "$root"
mkdir old
pivot_root . old
umount -l old
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . /lib/systemd/systemd --unit=basic.target
