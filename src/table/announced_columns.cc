#include "table/announced_columns.h"

#include <algorithm>
#include <utility>

namespace solvent::table {
namespace {

/// Reads Thrift's compact protocol as far as a footer's start needs it.
class Thrift {
 public:
  explicit Thrift(std::string_view bytes) : bytes_(bytes) {}

  std::optional<std::uint8_t> byte() {
    if (bytes_.empty()) return std::nullopt;
    const auto first = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return first;
  }
  std::optional<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto next = byte();
      if (!next) return std::nullopt;
      value |= static_cast<std::uint64_t>(*next & 0x7f) << shift;
      if ((*next & 0x80) == 0) return value;
    }
    return std::nullopt;
  }
  std::optional<std::int64_t> zigzag() {
    const auto value = varint();
    if (!value) return std::nullopt;
    return static_cast<std::int64_t>(*value >> 1) ^ -static_cast<std::int64_t>(*value & 1);
  }
  bool skip(std::uint64_t count) {
    if (count > bytes_.size()) return false;
    bytes_.remove_prefix(count);
    return true;
  }
  /// The next field's number and type; nothing at the end of a struct or of the bytes.
  std::optional<std::pair<std::int64_t, int>> field() {
    const auto head = byte();
    if (!head || *head == 0) return std::nullopt;
    const int step = *head >> 4;
    if (step != 0) {
      number_ += step;
    } else {
      const auto given = zigzag();
      if (!given) return std::nullopt;
      number_ = *given;
    }
    return std::pair(number_, *head & 0x0f);
  }
  void enter() { number_ = 0; }

 private:
  std::string_view bytes_;
  std::int64_t number_ = 0;
};

constexpr int kI32 = 5, kBinary = 8, kList = 9, kStruct = 12;

}  // namespace

std::optional<std::int64_t> parquet_columns(std::string_view footer) {
  Thrift thrift(footer);
  const auto version = thrift.field();
  if (!version || *version != std::pair<std::int64_t, int>(1, kI32) || !thrift.zigzag())
    return std::nullopt;
  const auto schema = thrift.field();
  if (!schema || *schema != std::pair<std::int64_t, int>(2, kList)) return std::nullopt;
  const auto list = thrift.byte();
  if (!list || (*list & 0x0f) != kStruct) return std::nullopt;
  if (*list >> 4 == 15 && !thrift.varint()) return std::nullopt;
  thrift.enter();
  while (const auto field = thrift.field()) {
    if (field->second == kI32) {
      const auto value = thrift.zigzag();
      if (!value || field->first == 5) return value;  // num_children
    } else if (field->second == kBinary) {
      const auto size = thrift.varint();
      if (!size || !thrift.skip(*size)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

void JsonShape::feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (in_string_) {
      in_string_ = escaped_ || c != '"';
      escaped_ = !escaped_ && c == '\\';
      continue;
    }
    switch (c) {
      case '"': in_string_ = true; break;
      case '{':
      case '[':
        deepest_ = std::max(deepest_, ++depth_);
        if (first_ != First::kAwaited) break;
        if (c == '{') {
          first_ = First::kOpen;
          first_depth_ = depth_;
        } else if (depth_ > 1) {
          first_ = First::kClosed;  // a list of lists has no columns of its own
        }
        break;
      case '}':
      case ']':
        if (first_ == First::kOpen && depth_ == first_depth_) first_ = First::kClosed;
        --depth_;
        break;
      case ':': members_ += first_ == First::kOpen && depth_ == first_depth_; break;
      default: break;
    }
  }
}

}  // namespace solvent::table
