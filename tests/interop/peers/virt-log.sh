# A log of syslog, and then a journal beside it.
guestfish -a guest.qcow2 -i write /var/log/syslog 'Jan  1 00:00:01 guest kernel: begins'
virt-log -a guest.qcow2
id=0123456789abcdef0123456789abcdef
for n in 1 2 3; do
  printf '__REALTIME_TIMESTAMP=170000000%s000000\n__MONOTONIC_TIMESTAMP=%s\n_BOOT_ID=%s\n_MACHINE_ID=%s\n_HOSTNAME=guest\n' $n $n $id $id
  printf 'SYSLOG_IDENTIFIER=service\n_PID=4%s\nPRIORITY=6\nMESSAGE=message number %s\n\n' $n $n
done >export
mkdir journal && /lib/systemd/systemd-journal-remote -o journal/system.journal export 2>/dev/null
guestfish -a guest.qcow2 -i mkdir-p /var/log/journal/$id : copy-in journal/system.journal /var/log/journal/$id
virt-log -a guest.qcow2
