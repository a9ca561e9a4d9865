mkdir -p d/sub && echo content >d/sub/file && chmod 600 d/sub/file && tar -cf in.tar -C d .
virt-tar-in -a guest.qcow2 in.tar /srv
virt-tar-out -a guest.qcow2 /srv out.tar
tar -tvf out.tar --numeric-owner | awk '{print $1, $2, $3, $6}' | LC_ALL=C sort
virt-tar-out -a guest.qcow2 /etc/apt apt.tar && tar -tf apt.tar | LC_ALL=C sort
