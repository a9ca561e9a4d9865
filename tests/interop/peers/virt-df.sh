virt-df -a guest.qcow2
virt-df -i --csv -a guest.qcow2
