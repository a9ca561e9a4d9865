virt-ls -lR -a guest.qcow2 /etc
virt-ls -R -a guest.qcow2 /usr/share/doc | head -2000
virt-ls --csv -lR --checksum=sha256 --times --extra-stats -a guest.qcow2 /var/lib/dpkg/info | head -500
# A folder without a slash at its end: libguestfs leaves one before each name, its page shows none.
# tolerate: s/^\///
