#include <cstdlib>

#include "syntax/python_lexer.h"
#include "syntax/python_literals.h"
#include "syntax/python_scan.h"

namespace solvent::syntax::python {
namespace {

std::string without_underscores(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '_') out += c;
  }
  return out;
}

/// Past blanks, comments and continued lines, which may stand between the words of a name.
std::size_t past_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\f' ||
                              text[at] == '\\' || is_newline(text[at]))) {
    ++at;
  }
  return at;
}

/// Text of an f-string, which ends after a doubled brace: one of the two is meant.
std::string_view field_text(std::string_view text) {
  if (text.ends_with("{{") || text.ends_with("}}")) text.remove_suffix(1);
  return text;
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// What `{x=}` repeats: comments are left out, line ends are \n.
std::string debug_text(std::string_view text) {
  std::string out;
  char quote = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '#' && quote == 0) {
      while (at < text.size() && !is_newline(text[at])) ++at;
      --at;
      continue;
    }
    if (quote != 0 && c == '\\' && at + 1 < text.size()) {
      out += c;
      out += text[++at];
      continue;
    }
    if (c == '"' || c == '\'') quote = quote == 0 ? c : quote == c ? 0 : quote;
    if (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    out += c == '\r' ? '\n' : c;
  }
  return out;
}

/// Decimal digits as hexadecimal ones, by long division.
std::string hexadecimal(std::string_view digits) {
  std::vector<std::uint32_t> words;  // little-endian
  for (const char c : digits) {
    std::uint64_t carry = static_cast<std::uint64_t>(c - '0');
    for (std::uint32_t& word : words) {
      carry += std::uint64_t{word} * 10;
      word = static_cast<std::uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) words.push_back(static_cast<std::uint32_t>(carry));
  }
  std::string out;
  for (std::size_t i = words.size(); i > 0; --i) {
    for (int shift = 28; shift >= 0; shift -= 4) {
      const char digit = "0123456789abcdef"[words[i - 1] >> shift & 15];
      if (!out.empty() || digit != '0') out += digit;
    }
  }
  return out.empty() ? "0" : out;
}

/// Digits of a base that is 2 to the power of `bits`, as hexadecimal ones.
std::string regrouped(std::string_view digits, unsigned bits) {
  std::string binary;
  for (const char c : digits) {
    const int value = is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
    for (unsigned i = bits; i > 0; --i) binary += (value >> (i - 1) & 1) != 0 ? '1' : '0';
  }
  binary.insert(0, (4 - binary.size() % 4) % 4, '0');
  std::string out;
  for (std::size_t at = 0; at < binary.size(); at += 4) {
    int value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value * 2 + (binary[at + i] - '0');
    if (!out.empty() || value != 0) out += "0123456789abcdef"[value];
  }
  return out.empty() ? "0" : out;
}

}  // namespace

std::string_view Tree::span(NodeId id) const {
  const Node& node = nodes_[id];
  return text().substr(node.begin, node.end - node.begin);
}

NodeId Tree::child(NodeId parent, Field field) const {
  for (NodeId id = nodes_[parent].first; id != 0; id = nodes_[id].next) {
    if (nodes_[id].field == field) return id;
  }
  return 0;
}

std::string_view Tree::written_name(NodeId id) const {
  const Node& node = nodes_[id];
  const std::string_view all = span(id);
  std::size_t end = all.size();
  switch (node.kind) {
    case Kind::kName:
    case Kind::kIdentifier: return all;
    case Kind::kMatchAs: return node.op != 0 ? all : std::string_view();
    case Kind::kMatchStar:
      if (node.op == 0) return {};
      [[fallthrough]];
    case Kind::kAttribute:
      while (end > 0 && is_word(all[end - 1])) --end;
      return all.substr(end);
    case Kind::kKeyword:
      if (node.op != 0) return {};
      [[fallthrough]];
    case Kind::kArg:
      for (end = 0; end < all.size() && is_word(all[end]);) ++end;
      return all.substr(0, end);
    case Kind::kAlias:
      if (all == "*") return all;
      for (end = 0;;) {
        while (end < all.size() && is_word(all[end])) ++end;
        std::size_t next = past_blanks(all, end);
        if (next >= all.size() || all[next] != '.') return all.substr(0, end);
        end = past_blanks(all, next + 1);
      }
    default: return {};
  }
}

std::string Tree::name(NodeId id) const {
  const std::string_view written = written_name(id);
  const Kind kind = nodes_[id].kind;
  if (kind != Kind::kAlias && kind != Kind::kIdentifier) return normalized_identifier(written);
  std::string out;  // the dots of a dotted name may have blanks beside them
  for (std::size_t at = 0; at < written.size(); at = past_blanks(written, at)) {
    std::size_t end = at + 1;
    if (is_word(written[at])) {
      while (end < written.size() && is_word(written[end])) ++end;
    }
    out += normalized_identifier(written.substr(at, end - at));
    at = end;
  }
  return out;
}

std::uint32_t Tree::import_level(NodeId id) const {
  const std::string_view all = span(id);
  std::uint32_t level = 0;
  for (std::size_t at = past_blanks(all, 4); at < all.size() && all[at] == '.';
       at = past_blanks(all, at + 1)) {
    ++level;
  }
  return level;
}

std::string Tree::string_value(NodeId id) const {
  const Node& node = nodes_[id];
  std::string out;
  switch (static_cast<ConstantKind>(node.op)) {
    case ConstantKind::kStr:
    case ConstantKind::kBytes: {
      std::string_view rest = span(id);
      StringLiteral literal;
      while (next_literal(rest, literal)) {
        append_value(out, literal.content, literal.raw, literal.bytes);
      }
      break;
    }
    case ConstantKind::kRawText: append_value(out, field_text(span(id)), true, false); break;
    case ConstantKind::kText: append_value(out, field_text(span(id)), false, false); break;
    case ConstantKind::kDebugText:
      out = debug_text(span(id));
      if (node.field == Field::kStr) {  // of an interpolation: up to what follows the expression
        while (!out.empty() && (is_blank(out.back()) || out.back() == '=')) out.pop_back();
      }
      break;
    case ConstantKind::kFolded:
      for (NodeId piece = node.first; piece != 0; piece = nodes_[piece].next) {
        out += string_value(piece);
      }
      break;
    default: break;
  }
  return out;
}

std::string Tree::integer_digits(NodeId id) const {
  std::string digits = without_underscores(span(id));
  if (digits.ends_with('l') || digits.ends_with('L')) digits.pop_back();
  if (digits.size() < 2 || digits[0] != '0') return hexadecimal(digits);
  switch (digits[1] | 0x20) {
    case 'x': return regrouped(std::string_view(digits).substr(2), 4);
    case 'o': return regrouped(std::string_view(digits).substr(2), 3);
    case 'b': return regrouped(std::string_view(digits).substr(2), 1);
    default: return regrouped(digits, 3);  // Python 2's 0777; zeros alone are zero either way
  }
}

double Tree::float_value(NodeId id) const {
  std::string digits = without_underscores(span(id));
  if (digits.ends_with('j') || digits.ends_with('J')) digits.pop_back();
  return std::strtod(digits.c_str(), nullptr);
}

}  // namespace solvent::syntax::python
