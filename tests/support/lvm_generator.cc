// SPDX-License-Identifier: LGPL-3.0-or-later
#include "support/lvm_generator.h"

#include <algorithm>

namespace vmcraft::test {

LvmGenerator::LvmGenerator(unsigned seed, std::vector<std::string> devices)
    : random_(seed), devices_(std::move(devices)) {}

int LvmGenerator::pick(int lowest, int highest) {
  return lowest + static_cast<int>(random_() % static_cast<unsigned>(highest - lowest + 1));
}

std::string LvmGenerator::fresh_name() {
  constexpr const char* kStyles[] = {"lv", "a-b", "data.", "x+y_", "Root"};
  return kStyles[pick(0, 4)] + std::to_string(counter_++);
}

std::string LvmGenerator::some_devices() {
  std::string words;
  if (!chance(30)) return words;
  for (const std::string& device : devices_)
    if (chance(60)) words += " " + device;
  return words;
}

LvmGenerator::Made* LvmGenerator::one(const std::string& kind) {
  std::vector<Made*> fitting;
  for (Made& made : made_)
    if (kind.empty() || made.kind == kind) fitting.push_back(&made);
  return fitting.empty() ? nullptr : fitting[static_cast<std::size_t>(pick(0, static_cast<int>(fitting.size()) - 1))];
}

void LvmGenerator::make_group() {
  std::string devices;
  for (std::size_t i = 0; i < devices_.size(); ++i) {
    const int copies = i == 0 ? pick(1, 2) : pick(0, 2);
    run("pvcreate -y --metadatacopies " + std::to_string(copies) +
        (chance(30) ? " --dataalignment 256k" : "") + (chance(20) ? " --metadatasize 500k" : "") + " " + devices_[i]);
    devices += " " + devices_[i];
  }
  constexpr const char* kExtents[] = {"512k", "1m", "1m", "4m"};
  run(std::string("vgcreate -y -s ") + kExtents[pick(0, 3)] + (chance(40) ? " --addtag one --addtag two/2" : "") +
      " vg" + devices);
}

void LvmGenerator::make_volume() {
  const int disks = static_cast<int>(devices_.size());
  const std::string name = fresh_name();
  std::string kind = "linear";
  std::string type;
  switch (pick(0, 9)) {
    case 0:
    case 1:
      kind = "striped";
      type = " -i" + std::to_string(pick(2, std::max(2, disks))) + " -I" + (chance(50) ? "64" : "16");
      break;
    case 2: kind = type = "mirror"; type = std::string(" --type mirror --nosync -m1 --mirrorlog ") + (chance(50) ? "core" : "disk"); break;
    case 3: kind = "raid1"; type = " --type raid1 --nosync -m" + std::to_string(pick(1, 2)); break;
    case 4: kind = "raid5"; type = " --type raid5 -i2"; break;
    case 5: kind = "raid10"; type = " --type raid10 --nosync -i2 -m1"; break;
    default: break;
  }
  run("lvcreate -y -Wn -n " + name + type + size() + (chance(20) ? " --addtag t" : "") +
      (chance(20) ? " --alloc anywhere" : "") + " vg" + some_devices());
  made_.push_back({name, kind});
}

void LvmGenerator::make_thin() {
  const Made* pool = one("pool");
  if (pool == nullptr) {
    made_.push_back({fresh_name(), "pool"});
    pool = &made_.back();
    run("lvcreate -y --type thin-pool" + size() + " -n " + pool->name + " vg");
  }
  const std::string pool_name = pool->name;
  const Made* thin = one("thin");
  const std::string name = fresh_name();
  if (thin != nullptr && chance(40)) run("lvcreate -y -s -n " + name + " vg/" + thin->name);
  else run("lvcreate -y --type thin -V " + std::to_string(pick(1, 200)) + "M --thinpool " + pool_name + " -n " + name + " vg");
  made_.push_back({name, "thin"});
}

// A snapshot, or a cache before a volume.
void LvmGenerator::make_upon() {
  Made* below = one(chance(80) ? "linear" : "striped");
  if (below == nullptr) return make_volume();
  const std::string name = fresh_name();
  if (chance(60)) {
    run("lvcreate -y -s -n " + name + size() + " vg/" + below->name);
    below->kind = "origin";
    made_.push_back({name, "snapshot"});
  } else {
    run("lvcreate -y --type cache-pool -L" + std::to_string(pick(8, 16)) + "M -n " + name + " vg");
    run("lvconvert -y --type cache --cachepool vg/" + name + " vg/" + below->name);
    below->kind = "cache";
  }
}

void LvmGenerator::change() {
  Made* made = one();
  if (made == nullptr) return make_volume();
  switch (pick(0, 5)) {
    case 0: run("lvextend -y -l+" + std::to_string(pick(1, 6)) + " vg/" + made->name + some_devices()); break;
    case 1: run("lvreduce -y -f -l-" + std::to_string(pick(1, 3)) + " vg/" + made->name); break;
    case 2:
    case 3:
      run("lvremove -y -f vg/" + made->name);
      std::erase_if(made_, [name = made->name](const Made& other) { return other.name == name; });
      break;
    case 4: {
      const std::string name = fresh_name();
      run("lvrename vg " + made->name + " " + name);
      made->name = name;
      break;
    }
    default:
      if (const Made* plain = one("linear"))
        run("pvmove -y -i0 -n " + plain->name + " " +
            devices_[static_cast<std::size_t>(pick(0, static_cast<int>(devices_.size()) - 1))]);
  }
}

std::string LvmGenerator::script() {
  make_group();
  const int steps = pick(4, 12);
  for (int i = 0; i < steps; ++i) {
    const int what = pick(0, 9);
    if (what < 4) make_volume();
    else if (what < 5) make_thin();
    else if (what < 6) make_upon();
    else change();
  }
  run("vgchange -an vg");
  return script_;
}

}  // namespace vmcraft::test
