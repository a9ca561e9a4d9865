// SPDX-License-Identifier: LGPL-3.0-or-later
// Databases of rpm: headers, and where Berkeley DB, NDB and SQLite keep them.
#include <cstring>
#include <type_traits>

#include "base/bytes.h"
#include "base/error.h"
#include "inspect/packages.h"

namespace vmcraft::inspect {
namespace {

// A header: number of entries, size of the store, the entries, the store; all big-endian.
struct RpmEntryDisk {
  base::Be32 tag;
  base::Be32 type;
  base::Be32 offset;
  base::Be32 count;
};
constexpr std::uint32_t kInt32 = 4;
constexpr std::uint32_t kString = 6;
constexpr std::uint32_t kTranslated = 9;
enum Tag : std::uint32_t {
  kName = 1000,
  kVersion = 1001,
  kRelease = 1002,
  kEpoch = 1003,
  kSummary = 1004,
  kDescription = 1005,
  kInstallTime = 1008,
  kVendor = 1011,
  kLicense = 1014,
  kUrl = 1020,
  kArch = 1022,
  kSourceRpm = 1044,
};

template <typename T>
T struct_at(std::string_view bytes, std::uint64_t at) {
  static_assert(std::is_trivially_copyable_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

bool holds(std::string_view bytes, std::uint64_t at, std::uint64_t size) {
  return at <= bytes.size() && size <= bytes.size() - at;
}

std::string text_at(std::string_view store, std::uint32_t offset) {
  const std::string_view rest = store.substr(offset);
  return std::string(rest.substr(0, rest.find('\0')));
}

std::string* text_of(Package& package, std::uint32_t tag) {
  switch (tag) {
    case kName: return &package.app2_name;
    case kVersion: return &package.app2_version;
    case kRelease: return &package.app2_release;
    case kSummary: return &package.app2_summary;
    case kDescription: return &package.app2_description;
    case kVendor: return &package.app2_publisher;
    case kLicense: return &package.license;
    case kUrl: return &package.app2_url;
    case kArch: return &package.app2_arch;
    case kSourceRpm: return &package.app2_source_package;
    default: return nullptr;
  }
}

void read_entry(Package& package, const RpmEntryDisk& entry, std::string_view store) {
  if (entry.offset >= store.size()) return;
  std::string* text = text_of(package, entry.tag);
  if (text != nullptr && (entry.type == kString || entry.type == kTranslated))
    *text = text_at(store, entry.offset);
  if (entry.type != kInt32 || !holds(store, entry.offset, 4)) return;
  const std::uint32_t number = struct_at<base::Be32>(store, entry.offset);
  if (entry.tag == kEpoch) package.app2_epoch = static_cast<std::int32_t>(number);
  else if (entry.tag == kInstallTime) package.install_time = number;
}

// Berkeley DB: page 0 describes the others. A page has its header, places of its items, and the items,
// the first at the end. A hash page holds keys and values in turn.
constexpr std::uint32_t kHashMagic = 0x061561;
constexpr std::size_t kPageHeader = 26;
constexpr std::uint32_t kSmallestPage = 512;
constexpr std::uint32_t kLargestPage = 65536;
constexpr unsigned char kHashPageUnsorted = 2;
constexpr unsigned char kOverflowPage = 7;
constexpr unsigned char kHashPage = 13;
constexpr unsigned char kInlineItem = 1;
constexpr unsigned char kOffPageItem = 3;

class BerkeleyDb {
 public:
  BerkeleyDb(std::string_view file, const std::string& object, const HeaderVisit& visit)
      : file_(file), object_(object), visit_(visit) {
    if (file.size() < kSmallestPage) bad("too small for a database");
    if (number<std::uint32_t>(12) != kHashMagic) {
      big_endian_ = true;
      if (number<std::uint32_t>(12) != kHashMagic) bad("not a Berkeley DB hash");
    }
    page_size_ = number<std::uint32_t>(20);
    if (page_size_ < kSmallestPage || page_size_ > kLargestPage || (page_size_ & (page_size_ - 1)) != 0)
      bad("bad size of a page");
    // Pages that several values share would make more of the file than it is.
    budget_ = file.size() * 2;
  }
  void walk() {
    for (std::uint64_t page = page_size_; holds(file_, page, page_size_); page += page_size_) {
      const auto type = static_cast<unsigned char>(file_[page + 25]);
      if (type == kHashPage || type == kHashPageUnsorted) walk_page(page);
    }
  }

 private:
  [[noreturn]] void bad(const char* reason) const { base::throw_corrupt(object_, reason); }

  template <typename T>
  T number(std::uint64_t at) const {
    if (!holds(file_, at, sizeof(T))) bad("ends in the middle of a page");
    if (big_endian_) return struct_at<base::Ordered<T, base::ByteOrder::big>>(file_, at);
    return struct_at<base::Ordered<T, base::ByteOrder::little>>(file_, at);
  }

  void walk_page(std::uint64_t page) {
    const std::uint32_t count = number<std::uint16_t>(page + 20);
    if (kPageHeader + 2ULL * count > page_size_) bad("too many items in a page");
    for (std::uint32_t i = 1; i < count; i += 2) {
      const std::uint32_t place = number<std::uint16_t>(page + kPageHeader + 2ULL * i);
      const std::uint32_t end = number<std::uint16_t>(page + kPageHeader + 2ULL * (i - 1));
      if (place >= page_size_ || end > page_size_ || place >= end) bad("bad place of an item");
      const auto type = static_cast<unsigned char>(file_[page + place]);
      if (type == kInlineItem) visit_(file_.substr(page + place + 1, end - place - 1));
      else if (type == kOffPageItem && page_size_ - place >= 12) walk_chain(page + place);
    }
  }

  void walk_chain(std::uint64_t item) {
    std::uint32_t page = number<std::uint32_t>(item + 4);
    std::uint64_t left = number<std::uint32_t>(item + 8);
    std::string header;
    while (left > 0) {
      const std::uint64_t start = std::uint64_t{page} * page_size_;
      if (page == 0 || !holds(file_, start, page_size_)) bad("value on a page that is not there");
      if (static_cast<unsigned char>(file_[start + 25]) != kOverflowPage) bad("value on a page of another kind");
      const std::uint64_t here = std::min<std::uint64_t>(number<std::uint16_t>(start + 22), left);
      if (here == 0 || kPageHeader + here > page_size_ || here > budget_) bad("bad size of a value");
      header += file_.substr(start + kPageHeader, here);
      budget_ -= here;
      left -= here;
      page = number<std::uint32_t>(start + 16);
    }
    visit_(header);
  }

  std::string_view file_;
  const std::string& object_;
  const HeaderVisit& visit_;
  bool big_endian_ = false;
  std::uint32_t page_size_ = 0;
  std::uint64_t budget_ = 0;
};

// NDB: little-endian; slots say where packages are, in blocks of 16 bytes.
struct NdbHeaderDisk {
  base::Le32 magic;
  base::Le32 version;
  base::Le32 generation;
  base::Le32 slot_pages;
};
struct NdbSlotDisk {
  base::Le32 magic;
  base::Le32 package;
  base::Le32 block;
  base::Le32 block_count;
};
struct NdbBlobDisk {
  base::Le32 magic;
  base::Le32 package;
  base::Le32 generation;
  base::Le32 size_bytes;
};
constexpr std::uint32_t kNdbMagic = 0x506d7052;      // "RpmP"
constexpr std::uint32_t kNdbSlotMagic = 0x746f6c53;  // "Slot"
constexpr std::uint32_t kNdbBlobMagic = 0x53626c42;  // "BlbS"
constexpr std::uint64_t kNdbPage = 4096;
constexpr std::uint64_t kNdbBlock = 16;
constexpr std::uint64_t kNdbFirstSlot = 32;

}  // namespace

std::optional<Package> parse_rpm_header(std::string_view header) {
  if (header.size() < 8) return std::nullopt;
  const std::uint64_t entries = std::uint32_t{struct_at<base::Be32>(header, 0)};
  const std::uint64_t store_size = std::uint32_t{struct_at<base::Be32>(header, 4)};
  const std::uint64_t store_at = 8 + entries * sizeof(RpmEntryDisk);
  if (!holds(header, store_at, store_size)) return std::nullopt;
  const std::string_view store = header.substr(store_at, store_size);
  Package package;
  for (std::uint64_t i = 0; i < entries; ++i)
    read_entry(package, struct_at<RpmEntryDisk>(header, 8 + i * sizeof(RpmEntryDisk)), store);
  if (package.app2_name.empty() || package.app2_version.empty()) return std::nullopt;
  return package;
}

void for_each_bdb_header(std::string_view file, const std::string& object, const HeaderVisit& visit) {
  BerkeleyDb(file, object, visit).walk();
}

void for_each_ndb_header(std::string_view file, const std::string& object, const HeaderVisit& visit) {
  if (file.size() < kNdbPage) base::throw_corrupt(object, "too small for a database");
  const auto head = struct_at<NdbHeaderDisk>(file, 0);
  if (head.magic != kNdbMagic) base::throw_corrupt(object, "not an NDB database");
  const std::uint64_t end = std::min<std::uint64_t>(head.slot_pages * kNdbPage, file.size());
  std::uint64_t budget = file.size() * 2;
  for (std::uint64_t at = kNdbFirstSlot; at + sizeof(NdbSlotDisk) <= end; at += sizeof(NdbSlotDisk)) {
    const auto slot = struct_at<NdbSlotDisk>(file, at);
    if (slot.magic != kNdbSlotMagic) base::throw_corrupt(object, "bad slot");
    if (slot.block == 0) continue;
    const std::uint64_t place = slot.block * kNdbBlock;
    if (!holds(file, place, sizeof(NdbBlobDisk))) base::throw_corrupt(object, "package behind the end");
    const auto blob = struct_at<NdbBlobDisk>(file, place);
    if (blob.magic != kNdbBlobMagic || blob.package != slot.package ||
        !holds(file, place + sizeof blob, blob.size_bytes) || blob.size_bytes > budget)
      base::throw_corrupt(object, "bad package");
    budget -= blob.size_bytes;
    visit(file.substr(place + sizeof blob, blob.size_bytes));
  }
}

}  // namespace vmcraft::inspect
