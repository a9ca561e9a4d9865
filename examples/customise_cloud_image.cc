// SPDX-License-Identifier: LGPL-3.0-or-later
// customise_cloud_image IMAGE HOSTNAME PUBLIC-KEY-FILE [USER]: prepares a Linux image for its first boot.
// Sets the host's name, lets the key log in as USER (root where none is given), and writes /etc/motd.
#include <vmcraft/vmcraft.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct Account {
  int uid = 0;
  int gid = 0;
  std::string home;
};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

std::string local_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) throw std::runtime_error(path + ": cannot be read");
  return content.str();
}

// The guest's own accounts: ids and homes mean nothing on the host.
Account account_of(vmcraft::GuestFS& guest, const std::string& user) {
  for (const std::string& line : guest.read_lines("/etc/passwd")) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() < 6 || fields[0] != user) continue;
    return {std::stoi(fields[2]), std::stoi(fields[3]), fields[5]};
  }
  throw std::runtime_error(user + ": the guest has no such user");
}

void set_hostname(vmcraft::GuestFS& guest, const std::string& name) {
  const std::string old = guest.is_file("/etc/hostname") ? guest.cat("/etc/hostname") : "";
  guest.write("/etc/hostname", name + "\n");
  std::string hosts;
  if (guest.is_file("/etc/hosts")) {
    for (const std::string& line : guest.read_lines("/etc/hosts"))
      if (!line.starts_with("127.0.1.1")) hosts += line + "\n";
  }
  guest.write("/etc/hosts", hosts + "127.0.1.1 " + name + "\n");
  std::printf("hostname: %s (was %s)\n", name.c_str(), old.substr(0, old.find('\n')).c_str());
}

void add_key(vmcraft::GuestFS& guest, const Account& account, const std::string& key) {
  const std::string folder = account.home + "/.ssh";
  const std::string file = folder + "/authorized_keys";
  guest.mkdir_p(folder);
  if (!guest.is_file(file)) guest.write(file, "");
  if (guest.cat(file).find(key) == std::string::npos) guest.write_append(file, key);
  for (const std::string& path : {folder, file}) guest.chown(account.uid, account.gid, path);
  guest.chmod(0700, folder);
  guest.chmod(0600, file);
  std::printf("key: %s\n", file.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "usage: customise_cloud_image IMAGE HOSTNAME PUBLIC-KEY-FILE [USER]\n");
    return 2;
  }
  try {
    std::string key = local_file(argv[3]);
    if (!key.ends_with('\n')) key += '\n';
    vmcraft::GuestFS guest(argv[1], /*readonly=*/false);
    guest.mount_root();
    set_hostname(guest, argv[2]);
    add_key(guest, account_of(guest, argc == 5 ? argv[4] : "root"), key);
    guest.write("/etc/motd", std::string("Welcome to ") + argv[2] + ".\n");
    guest.shutdown();  // throws where something did not reach the disk
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "customise_cloud_image: %s\n", failure.what());
    return 1;
  }
  return 0;
}
