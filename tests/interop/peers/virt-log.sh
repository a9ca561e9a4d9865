virt-log -a guest.qcow2 | sha256sum
