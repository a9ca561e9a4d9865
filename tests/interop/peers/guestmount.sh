mkdir m
guestmount -a guest.qcow2 -i --ro m && ls m && cat m/etc/hostname && find m/etc | wc -l && stat -c '%a %s %n' m/etc/passwd
guestunmount m
guestmount -a guest.qcow2 -i --rw m && echo written >m/srv/new && ln -s new m/srv/link && mkdir m/srv/d && mv m/srv/new m/srv/d/
guestunmount m
while mountpoint -q m; do sleep 0.1; done; sleep 1
virt-ls -R -a guest.qcow2 /srv; virt-cat -a guest.qcow2 /srv/d/new
# A folder without a slash at its end: libguestfs leaves one before each name, its page shows none.
# tolerate: s/^\/(d|d\/new|link)$/\1/
