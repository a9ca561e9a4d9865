#!/bin/sh
# SPDX-License-Identifier: LGPL-3.0-or-later
# Process 1 of the test rig: runs the command in $RIG_RUN, whose words stand between commas, and says
# how it ended.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev 2>/dev/null
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /run
# The modules of this kernel are not where modprobe looks; programs and the kernel start it.
mkdir -p /run/view/lib/modules
ln -s "/usr/lib/uml/modules/$(uname -r)" /run/view/lib/modules/
export MODPROBE_OPTIONS="-d /run/view"
printf '#!/bin/sh\nexec /sbin/modprobe -d /run/view "$@"\n' >/run/modprobe
chmod +x /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
ln -sf /proc/self/fd /dev/fd
ip link set lo up
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp
exec </dev/null
cd /tmp || exit 1
$(echo "$RIG_RUN" | tr ',' ' ')
echo "rig: exit $?"
exec /sbin/poweroff -f
