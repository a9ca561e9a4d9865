// SPDX-License-Identifier: LGPL-3.0-or-later
// The many options of mke2fs(8).
#include "fs/make.h"
#include "fs/words.h"

namespace vmcraft::fs {
namespace {

void add_sizes(Words& words, const Mke2fsOptions& options) {
  words.number("-b", "blocksize", options.blocksize);
  if (options.fragsize && options.fragsize != options.blocksize)
    base::throw_invalid("fragsize", "fragments are as large as blocks: give the same blocksize");
  words.number("-g", "blockspergroup", options.blockspergroup);
  words.number("-G", "numberofgroups", options.numberofgroups);
  words.number("-i", "bytesperinode", options.bytesperinode);
  words.number("-I", "inodesize", options.inodesize);
  words.number("-N", "numberofinodes", options.numberofinodes);
  words.number("-m", "reservedblockspercentage", options.reservedblockspercentage);
}

void add_names(Words& words, const Mke2fsOptions& options) {
  words.text("-L", options.label);
  words.text("-M", options.lastmounteddir);
  words.text("-o", options.creatoros);
  words.text("-t", options.fstype);
  words.text("-T", options.usagetype);
  words.text("-U", options.uuid);
  words.flag("-F", options.forcecreate);
  words.flag("-S", options.writesbandgrouponly);
}

void add_journal(Words& words, const Mke2fsOptions& options, const std::string& device) {
  CommaList journal("-J");
  journal.number("size", "journalsize", options.journalsize);
  if (!device.empty()) journal.add("device=" + device);
  journal.end(words);
}

void add_extended(Words& words, const Mke2fsOptions& options) {
  CommaList extended("-E");
  extended.number("stride", "stridesize", options.stridesize);
  extended.number("stripe_width", "stripewidth", options.stripewidth);
  extended.number("resize", "maxonlineresize", options.maxonlineresize);
  extended.number("mmp_update_interval", "mmpupdateinterval", options.mmpupdateinterval);
  extended.digit("lazy_itable_init", options.lazyitableinit);
  extended.digit("lazy_journal_init", options.lazyjournalinit);
  if (options.testfs.value_or(false)) extended.add("test_fs");
  if (options.discard) extended.add(*options.discard ? "discard" : "nodiscard");
  if (options.quotatype.value_or(false)) extended.add("quotatype=usrquota:grpquota");
  extended.end(words);
}

void add_features(Words& words, const Mke2fsOptions& options) {
  CommaList features("-O");
  if (options.mmpupdateinterval) features.add("mmp");
  if (options.quotatype.value_or(false)) features.add("quota");
  features.feature("extent", options.extent);
  features.feature("filetype", options.filetype);
  features.feature("flex_bg", options.flexbg);
  features.feature("has_journal", options.hasjournal);
  features.feature("journal_dev", options.journaldev);
  features.feature("large_file", options.largefile);
  features.feature("quota", options.quota);
  features.feature("resize_inode", options.resizeinode);
  features.feature("sparse_super", options.sparsesuper);
  features.feature("uninit_bg", options.uninitbg);
  features.end(words);
}

}  // namespace

Mke2fsCommand mke2fs_command(const Mke2fsOptions& options, const std::string& journal_device) {
  Words words{"mke2fs", "-q"};
  add_sizes(words, options);
  add_names(words, options);
  add_journal(words, options, journal_device);
  add_extended(words, options);
  add_features(words, options);
  Mke2fsCommand command{words.take(), {}};
  if (options.blockscount)
    command.blocks_count = Words::not_negative("blockscount", *options.blockscount);
  return command;
}

}  // namespace vmcraft::fs
