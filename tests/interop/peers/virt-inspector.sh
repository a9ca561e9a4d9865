virt-inspector -a guest.qcow2
