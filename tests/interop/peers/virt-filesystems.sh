virt-filesystems --all --long --uuid -a guest.qcow2
virt-filesystems --all --long --csv -a guest.qcow2
virt-filesystems -a guest.qcow2
