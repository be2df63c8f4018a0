#include "syntax/text_encoding.h"

#include "base/text.h"

namespace solvent::syntax {
namespace {

constexpr std::uint32_t kReplacement = 0xfffd;

void append_utf8(std::string& out, std::uint32_t c) {
  append_code_point(out, c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? kReplacement : c);
}

/// One unit of `width` bytes at `at`; bytes missing at the end count as zero.
std::uint32_t unit(std::string_view bytes, std::size_t at, std::size_t width, bool big) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const std::size_t from = at + (big ? i : width - 1 - i);
    value = value << 8 | (from < bytes.size() ? static_cast<std::uint8_t>(bytes[from]) : 0u);
  }
  return value;
}

std::string from_units(std::string_view bytes, std::size_t width, bool big) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    std::uint32_t c = unit(bytes, at, width, big);
    if (width == 2 && c >= 0xd800 && c < 0xdc00 && at + 2 < bytes.size()) {
      const std::uint32_t low = unit(bytes, at + 2, 2, big);
      if (low >= 0xdc00 && low < 0xe000) {
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        at += 2;
      }
    }
    append_utf8(out, c);
  }
  return out;
}

}  // namespace

void append_code_point(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      out += static_cast<char>(0xe0 | c >> 12);
    } else {
      out += static_cast<char>(0xf0 | c >> 18);
      out += static_cast<char>(0x80 | (c >> 12 & 0x3f));
    }
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
  }
  out += static_cast<char>(0x80 | (c & 0x3f));
}

DecodedText decode_text(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xff\xfe\0\0"sv)) return {from_units(bytes.substr(4), 4, false), false};
  if (bytes.starts_with("\0\0\xfe\xff"sv)) return {from_units(bytes.substr(4), 4, true), false};
  if (bytes.starts_with("\xff\xfe"sv)) return {from_units(bytes.substr(2), 2, false), false};
  if (bytes.starts_with("\xfe\xff"sv)) return {from_units(bytes.substr(2), 2, true), false};
  if (bytes.starts_with("\xef\xbb\xbf"sv)) bytes.remove_prefix(3);
  if (is_valid_utf8(bytes)) return {std::string(bytes), true};
  std::string out;
  for (const char c : bytes) append_utf8(out, static_cast<std::uint8_t>(c));
  return {std::move(out), false};
}

}  // namespace solvent::syntax
