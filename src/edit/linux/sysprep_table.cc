// SPDX-License-Identifier: LGPL-3.0-or-later
// The operations by name: which there are, and where each looks, are facts of virt-sysprep(1) and of the
// programs whose files these are.
#include <array>

#include "edit/linux/sysprep.h"

namespace vmcraft::edit {
namespace {

const std::vector<const char*> kLogs = {
    "/etc/Pegasus/*.cnf", "/etc/Pegasus/*.crt", "/etc/Pegasus/*.csr", "/etc/Pegasus/*.pem", "/etc/Pegasus/*.srl",
    "/root/anaconda-ks.cfg", "/root/anaconda-post.log", "/root/initial-setup-ks.cfg", "/root/install.log",
    "/root/install.log.syslog", "/root/original-ks.cfg", "/var/cache/fontconfig/*", "/var/cache/gdm/*",
    "/var/cache/man/*", "/var/lib/AccountService/users/*", "/var/lib/fprint/*", "/var/lib/logrotate.status",
    "/var/log/*.log*", "/var/log/BackupPC/LOG", "/var/log/ConsoleKit/*", "/var/log/anaconda.syslog",
    "/var/log/anaconda/*", "/var/log/apache2/*_log", "/var/log/apache2/*_log-*", "/var/log/apache2/*.log*",
    "/var/log/apt/*", "/var/log/aptitude*", "/var/log/audit/*", "/var/log/btmp*", "/var/log/ceph/*.log",
    "/var/log/chrony/*.log", "/var/log/cron*", "/var/log/cups/*_log*", "/var/log/debug*", "/var/log/dmesg*",
    "/var/log/exim4/*", "/var/log/faillog*", "/var/log/firewalld*", "/var/log/gdm/*",
    "/var/log/glusterfs/*glusterd.vol.log", "/var/log/glusterfs/glusterfs.log", "/var/log/grubby*",
    "/var/log/httpd/*log", "/var/log/installer/*", "/var/log/jetty/jetty-console.log", "/var/log/journal/*",
    "/var/log/lastlog*", "/var/log/libvirt/libvirtd.log", "/var/log/libvirt/libxl/*.log",
    "/var/log/libvirt/lxc/*.log", "/var/log/libvirt/qemu/*.log", "/var/log/libvirt/uml/*.log",
    "/var/log/lightdm/*", "/var/log/mail/*", "/var/log/maillog*", "/var/log/messages*", "/var/log/ntp",
    "/var/log/ntpstats/*", "/var/log/ppp/connect-errors", "/var/log/rhsm/*", "/var/log/sa/*", "/var/log/secure*",
    "/var/log/setroubleshoot/*.log", "/var/log/spooler*", "/var/log/squid/*.log", "/var/log/syslog*",
    "/var/log/tallylog*", "/var/log/tuned/tuned.log", "/var/log/wtmp*", "/var/log/xferlog*",
    "/var/named/data/named.run"};

const std::array kOperations = std::to_array<SysprepOperation>({
    {"abrt-data", true, "remove what ABRT kept of crashes", Sweep::all, {"/var/spool/abrt/*"}},
    {"backup-files", true, "remove backups of editors (*.bak, *~)"},
    {"bash-history", true, "remove the history of bash", Sweep::all, {"/root/.bash_history", "/home/*/.bash_history"}},
    {"blkid-tab", true, "remove the cache of blkid", Sweep::all,
     {"/run/blkid/blkid.tab*", "/var/run/blkid.tab*", "/etc/blkid.tab*", "/etc/blkid/blkid.tab*", "/dev/.blkid.tab*"}},
    {"ca-certificates", false, "remove certificates and keys of a certificate authority", Sweep::files,
     {"/etc/pki/CA/certs/*", "/etc/pki/CA/crl/*", "/etc/pki/CA/newcerts/*", "/etc/pki/CA/private/*",
      "/etc/pki/tls/certs/*.crt", "/etc/pki/tls/private/*"}},
    {"crash-data", true, "remove dumps of the kernel", Sweep::all, {"/var/crash/*", "/var/log/dump/*"}},
    {"cron-spool", true, "remove jobs of at and cron that users made", Sweep::files,
     {"/var/spool/cron/*", "/var/spool/cron/crontabs/*", "/var/spool/cron/tabs/*", "/var/spool/cron/atjobs/*",
      "/var/spool/cron/atjobs/.SEQ", "/var/spool/cron/atspool/*", "/var/spool/at/*", "/var/spool/at/.SEQ",
      "/var/spool/at/spool/*", "/var/spool/atjobs/*", "/var/spool/atjobs/.SEQ", "/var/spool/atspool/*"}},
    {"customize", true, "do what the options of customize ask for"},
    {"dhcp-client-state", true, "remove leases that DHCP gave the guest", Sweep::files,
     {"/var/lib/dhclient/*", "/var/lib/dhcp/*", "/var/lib/dhcpcd/*", "/var/lib/NetworkManager/*.lease",
      "/var/lib/NetworkManager/dhclient-*", "/var/lib/wicked/*"}},
    {"dhcp-server-state", true, "remove leases that the guest gave by DHCP", Sweep::files,
     {"/var/lib/dhcpd/*", "/var/lib/dhcp/*", "/var/lib/dhcp/db/*"}},
    {"dovecot-data", true, "remove data of the mail server Dovecot", Sweep::all, {"/var/lib/dovecot/*"}},
    {"firewall-rules", false, "remove rules of the firewall", Sweep::files,
     {"/etc/sysconfig/iptables", "/etc/firewalld/*/*"}},
    {"flag-reconfiguration", false, "have the guest ask its settings at the next boot"},
    {"fs-uuids", false, "give file systems new UUIDs"},
    {"ipa-client", true, "remove what makes the guest a member of IPA", Sweep::files,
     {"/etc/ipa/ca.crt", "/etc/ipa/default.conf", "/etc/ipa/nssdb/*", "/var/lib/ipa-client/sysrestore/*",
      "/var/lib/ipa-client/pki/*"}},
    {"kerberos-data", false, "remove the database of a Kerberos server", Sweep::files,
     {"/var/kerberos/krb5kdc/.k5.*", "/var/kerberos/krb5kdc/principal*"}},
    {"kerberos-hostkeytab", true, "remove the host's keys of Kerberos", Sweep::all, {"/etc/krb5.keytab"}},
    {"logfiles", true, "remove logs", Sweep::all, kLogs},
    {"lvm-uuids", true, "give physical volumes and volume groups of LVM new UUIDs"},
    {"machine-id", true, "let the guest make itself a new machine id"},
    {"mail-spool", true, "remove mail of local users", Sweep::files, {"/var/spool/mail/*", "/var/mail/*"}},
    {"net-hostname", true, "remove host names from the configuration of network interfaces"},
    {"net-hwaddr", true, "remove hardware addresses from the configuration of network interfaces"},
    {"net-nmconn", true, "remove connections of NetworkManager", Sweep::files,
     {"/etc/NetworkManager/system-connections/*.nmconnection"}},
    {"pacct-log", true, "empty the logs of process accounting", Sweep::truncated,
     {"/var/account/pacct*", "/var/log/pacct*", "/var/log/account/pacct*"}},
    {"package-manager-cache", true, "remove packages that the package manager keeps", Sweep::all,
     {"/var/cache/apt/archives/*.deb", "/var/cache/apt/archives/partial/*", "/var/cache/dnf/*",
      "/var/cache/libdnf5/*", "/var/cache/yum/*", "/var/cache/pacman/pkg/*", "/var/cache/zypp/packages/*",
      "/var/cache/apk/*", "/var/cache/xbps/*"}},
    {"pam-data", true, "remove data of PAM", Sweep::all,
     {"/var/run/console/*", "/var/run/faillock/*", "/var/run/sepermit/*"}},
    {"passwd-backups", true, "remove old copies of the account files", Sweep::all,
     {"/etc/group-", "/etc/gshadow-", "/etc/passwd-", "/etc/shadow-", "/etc/subgid-", "/etc/subuid-"}},
    {"puppet-data-log", true, "remove data and logs of Puppet", Sweep::files,
     {"/var/log/puppet/*", "/var/lib/puppet/*", "/var/lib/puppet/*/*", "/var/lib/puppet/*/*/*"}},
    {"rh-subscription-manager", true, "remove subscriptions of Red Hat", Sweep::files,
     {"/etc/pki/consumer/*", "/etc/pki/entitlement/*"}},
    {"rhn-systemid", true, "remove the id of the Red Hat Network", Sweep::all,
     {"/etc/sysconfig/rhn/systemid", "/etc/sysconfig/rhn/osad-auth.conf"}},
    {"rpm-db", true, "remove locks and indexes of rpm that it makes again", Sweep::all, {"/var/lib/rpm/__db.*"}},
    {"samba-db-log", true, "remove databases and logs of Samba", Sweep::files,
     {"/var/log/samba/*", "/var/log/samba/old/*", "/var/lib/samba/*", "/var/lib/samba/*/*"}},
    {"script", true, "run programs of this machine in the guest's tree (--script)"},
    {"smolt-uuid", true, "remove the hardware id of Smolt", Sweep::all,
     {"/etc/sysconfig/hw-uuid", "/etc/smolt/uuid", "/etc/smolt/hw-uuid"}},
    {"ssh-hostkeys", true, "remove the host keys of ssh"},
    {"ssh-userdir", true, "remove the .ssh folders of users", Sweep::all, {"/root/.ssh", "/home/*/.ssh"}},
    {"sssd-db-log", true, "remove databases and logs of sssd", Sweep::files, {"/var/log/sssd/*", "/var/lib/sss/db/*"}},
    {"tmp-files", true, "remove temporary files", Sweep::all,
     {"/tmp/*", "/tmp/.[!.]*", "/tmp/..?*", "/var/tmp/*", "/var/tmp/.[!.]*", "/var/tmp/..?*"}},
    {"udev-persistent-net", true, "remove names of network interfaces that udev keeps", Sweep::all,
     {"/etc/udev/rules.d/70-persistent-net.rules"}},
    {"user-account", false, "remove the accounts of people"},
    {"utmp", true, "remove the list of who is logged in", Sweep::all, {"/var/run/utmp"}},
    {"yum-uuid", true, "remove the id of yum", Sweep::all, {"/var/lib/yum/uuid"}},
});

}  // namespace

std::span<const SysprepOperation> sysprep_operations() { return kOperations; }

}  // namespace vmcraft::edit
