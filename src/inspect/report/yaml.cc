// SPDX-License-Identifier: LGPL-3.0-or-later
#include "inspect/report/yaml.h"

#include <yaml.h>

#include <map>

#include "base/error.h"
#include "base/text.h"

namespace vmcraft::inspect::report {
namespace {

using Json = nlohmann::ordered_json;

class Event {
 public:
  explicit Event(yaml_parser_t& parser, const std::string& object) {
    if (::yaml_parser_parse(&parser, &event_) == 0)
      base::throw_corrupt(object, std::string("line ") + std::to_string(parser.problem_mark.line + 1) + ": " +
                                      (parser.problem != nullptr ? parser.problem : "not YAML"));
  }
  ~Event() { ::yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  const yaml_event_t* operator->() const noexcept { return &event_; }

 private:
  yaml_event_t event_{};
};

std::string text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text));
}

Json scalar(const Event& event) {
  const auto& data = event->data.scalar;
  std::string text(reinterpret_cast<const char*>(data.value), data.length);
  if (data.style != YAML_PLAIN_SCALAR_STYLE) return text;
  const std::string lower = base::lower(text);
  if (lower == "true" || lower == "yes" || lower == "on") return true;
  if (lower == "false" || lower == "no" || lower == "off") return false;
  if (text.empty() || lower == "null" || text == "~") return nullptr;
  if (const auto number = base::parse_number<std::int64_t>(text)) return *number;
  return text;
}

std::size_t weight(const Json& value) {
  std::size_t nodes = 1;
  if (value.is_structured())
    for (const Json& item : value) nodes += weight(item);
  return nodes;
}

class Builder {
 public:
  Builder(std::string_view text, const std::string& object) : object_(object) {
    if (::yaml_parser_initialize(&parser_) == 0) base::throw_errno(object, ENOMEM);
    ::yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Builder() { ::yaml_parser_delete(&parser_); }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  Json document() {
    for (;;) {
      const Event event(parser_, object_);
      if (event->type == YAML_STREAM_END_EVENT) return nullptr;
      if (event->type == YAML_DOCUMENT_START_EVENT) break;
    }
    const Event first(parser_, object_);
    return node(first, 0);
  }

 private:
  static constexpr int kDeepest = 64;
  static constexpr std::size_t kMostNodes = 1000000;

  void spend(std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > kMostNodes) base::throw_corrupt(object_, "too many nodes");
  }

  Json node(const Event& event, int depth) {
    if (depth > kDeepest) base::throw_corrupt(object_, "nested too deep");
    spend(1);
    std::string anchor;
    Json value;
    switch (event->type) {
      case YAML_ALIAS_EVENT:
        return alias(text_of(event->data.alias.anchor));
      case YAML_SCALAR_EVENT:
        anchor = text_of(event->data.scalar.anchor);
        value = scalar(event);
        break;
      case YAML_SEQUENCE_START_EVENT:
        anchor = text_of(event->data.sequence_start.anchor);
        value = sequence(depth);
        break;
      case YAML_MAPPING_START_EVENT:
        anchor = text_of(event->data.mapping_start.anchor);
        value = mapping(depth);
        break;
      default:
        return nullptr;
    }
    if (!anchor.empty()) {
      spend(weight(value));
      anchors_[anchor] = value;
    }
    return value;
  }

  Json alias(const std::string& name) {
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) base::throw_corrupt(object_, "alias without an anchor");
    spend(weight(found->second));
    return found->second;
  }

  Json sequence(int depth) {
    Json list = Json::array();
    for (;;) {
      const Event event(parser_, object_);
      if (event->type == YAML_SEQUENCE_END_EVENT) return list;
      list.push_back(node(event, depth + 1));
    }
  }

  // A key that comes twice keeps its first place and its last value; one that is no scalar is left out.
  Json mapping(int depth) {
    std::map<std::string, Json> values;
    std::vector<std::string> order;
    for (;;) {
      const Event event(parser_, object_);
      if (event->type == YAML_MAPPING_END_EVENT) break;
      const bool named = event->type == YAML_SCALAR_EVENT;
      const std::string key = named ? std::string(reinterpret_cast<const char*>(event->data.scalar.value),
                                                  event->data.scalar.length)
                                    : std::string();
      if (!named) node(event, depth + 1);
      const Event second(parser_, object_);
      Json value = node(second, depth + 1);
      if (!named) continue;
      if (!values.contains(key)) order.push_back(key);
      values[key] = std::move(value);
    }
    Json object = Json::object();
    auto& members = object.get_ref<Json::object_t&>();  // its own search for a key is linear
    for (const std::string& key : order) members.emplace_back(key, std::move(values[key]));
    return object;
  }

  const std::string& object_;
  yaml_parser_t parser_{};
  std::map<std::string, Json> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

nlohmann::ordered_json parse_yaml(std::string_view text, const std::string& object) {
  return Builder(text, object).document();
}

}  // namespace vmcraft::inspect::report
