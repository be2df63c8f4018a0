#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "syntax/python_lexer.h"
#include "syntax/python_parser.h"
#include "syntax/python_scan.h"
#include "syntax/text_encoding.h"

namespace solvent::syntax::python {
namespace {

constexpr std::size_t kPadding = 64;  // zero bytes that scans may read

/// The encoding that a comment of one of the first two lines names (PEP 263), lower case with '-'.
std::string named_encoding(std::string_view text) {
  for (int line = 0; line < 2; ++line) {
    const std::size_t size = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view row = text.substr(0, size);
    const std::size_t hash = row.find_first_not_of(" \t\f");
    if (hash != std::string_view::npos && row[hash] != '#') return {};
    for (std::size_t at = row.find("coding"); at != std::string_view::npos;
         at = row.find("coding", at + 1)) {
      std::size_t from = at + 6;
      if (from >= row.size() || (row[from] != ':' && row[from] != '=')) continue;
      from = std::min(row.find_first_not_of(" \t", from + 1), row.size());
      std::string name;
      for (; from < row.size() && (is_word(row[from]) || row[from] == '-' || row[from] == '.');
           ++from) {
        name += row[from] == '_' ? '-' : row[from];
      }
      if (!name.empty()) return lower_ascii(name);
    }
    text.remove_prefix(
        std::min(size + (text.substr(size).starts_with("\r\n") ? 2 : 1), text.size()));
  }
  return {};
}

/// By the tokenizer's own rule, then by the aliases of Lib/encodings/aliases.py.
bool is_latin1(std::string_view name) {
  for (const std::string_view known : {"latin-1", "iso-8859-1", "iso-latin-1"}) {
    if (name == known || name.starts_with(std::string(known) + '-')) return true;
  }
  const std::string letters = replace_all(std::string(name), "-", "");
  for (const std::string_view known :
       {"latin", "latin1", "l1", "8859", "iso8859", "iso88591", "iso885911987", "isoir100",
        "isolatin1", "cp819", "ibm819", "csisolatin1"}) {
    if (letters == known) return true;
  }
  return false;
}

void append_latin1(std::string& out, std::string_view bytes) {
  for (const char c : bytes) {
    const auto b = static_cast<std::uint8_t>(c);
    if (b >= 0x80) out += static_cast<char>(0xc0 | b >> 6);
    out += static_cast<char>(b < 0x80 ? b : 0x80 | (b & 0x3f));
  }
}

/// Whether text that zero bytes follow is UTF-8: character by character only where it is not ASCII.
bool is_utf8(std::string_view text) {
  const char* end = text.data() + text.size();
  for (const char* p = text.data(); p < end;) {
    if (*p >= 0) {
      p += has_high_bytes(p, p + 16) ? 1 : 16;
      continue;
    }
    const auto lead = static_cast<std::uint8_t>(*p);
    const std::ptrdiff_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (end - p < size || !is_valid_utf8({p, static_cast<std::size_t>(size)})) return false;
    p += size;
  }
  return true;
}

/// Fills `text` and the zero bytes after it; answers how long it is, and what is wrong with its
/// encoding, which is empty when nothing is.
std::size_t decode(std::string_view bytes, std::string& text, std::string_view& wrong) {
  const auto padded = [&text] {
    const std::size_t size = text.size();
    text.append(kPadding, '\0');
    return size;
  };
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
    wrong = "source is UTF-16 or UTF-32";
    text = decode_text(bytes).text;
    return padded();
  }
  const bool marked = bytes.starts_with("\xef\xbb\xbf");
  if (marked) bytes.remove_prefix(3);
  text.reserve(bytes.size() + kPadding);
  text.append(bytes);
  const std::size_t size = padded();
  const std::string name = named_encoding(bytes);
  const bool utf8 = name.empty() || name == "utf-8" || name.starts_with("utf-8-") || name == "utf8";
  if (marked && !utf8) wrong = "source has a byte order mark of UTF-8 and names another encoding";
  if (!has_high_bytes(text.data(), text.data() + size)) return size;
  if ((utf8 || marked) && is_utf8({text.data(), size})) return size;
  if (utf8) {
    wrong = "source is not UTF-8 and names no other encoding";
  } else if (!is_latin1(name)) {
    wrong = "the encoding that the source names is not known here";
  }
  text.clear();
  append_latin1(text, bytes);
  return padded();
}

/// Where each line begins.
void find_lines(std::string_view text, Arena<std::uint32_t>& starts) {
  starts.clear();
  starts.reserve(text.size() / 24 + 16);
  *starts.push() = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto ends_line = [&](const char* p) {
    if (p < end && !(*p == '\r' && p[1] == '\n')) {
      *starts.push() = static_cast<std::uint32_t>(p + 1 - begin);
    }
  };
#if defined(__SSE2__)
  for (const char* p = begin; p < end; p += 16) {
    const __m128i v = load16(p);
    unsigned found = mask16(_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')),
                                         _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'))));
    for (; found != 0; found &= found - 1) ends_line(p + std::countr_zero(found));
  }
#else
  for (const char* p = begin; p < end; ++p) {
    if (is_newline(*p)) ends_line(p);
  }
#endif
}

}  // namespace

Place Tree::place(std::uint32_t offset) const {
  const std::uint32_t* after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return {static_cast<std::uint32_t>(after - line_starts_.begin()), offset - *(after - 1)};
}

void parse(std::string_view source, Tree& tree, const Limits& limits) {
  tree.nodes_.clear();
  tree.tokens_.clear();
  tree.comments_.clear();
  tree.errors_.clear();
  tree.text_.clear();
  std::string_view wrong;
  if (source.size() > limits.bytes_max) {
    wrong = "source is larger than the limit";
    source = {};
  }
  tree.size_ = decode(source, tree.text_, wrong);
  if (!wrong.empty()) tree.errors_.push_back({0, 0, wrong});
  const char* zero = static_cast<const char*>(std::memchr(tree.text_.data(), 0, tree.size_));
  if (zero != nullptr) {
    const auto at = static_cast<std::uint32_t>(zero - tree.text_.data());
    tree.errors_.push_back({at, at + 1, "source contains a zero byte"});
  }
  find_lines(tree.text(), tree.line_starts_);
  Lexer(tree, limits).run();
  Parser(tree, limits).run();
  if (tree.errors_.size() < 2) return;
  std::stable_sort(tree.errors_.begin(), tree.errors_.end(),
                   [](const SyntaxError& a, const SyntaxError& b) { return a.begin < b.begin; });
}

}  // namespace solvent::syntax::python
