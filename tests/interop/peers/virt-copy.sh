mkdir -p in/sub && echo content >in/sub/file && ln -s sub/file in/link && chmod 640 in/sub/file
virt-copy-in -a guest.qcow2 in /srv
virt-copy-out -a guest.qcow2 /srv/in /etc/apt .  2>/dev/null || { mkdir o && virt-copy-out -a guest.qcow2 /srv/in /etc/apt o && mv o/* .; }
find in apt | LC_ALL=C sort
sha256sum in/sub/file apt/sources.list
stat -c '%a %N' in/sub/file in/link
