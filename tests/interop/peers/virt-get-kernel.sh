virt-get-kernel -a guest.qcow2 -o . && sha256sum vmlinuz* initrd*
