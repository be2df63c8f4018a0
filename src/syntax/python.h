/// Python source to a syntax tree, to Python 3.14; what CPython's `ast` gives, in types, fields and
/// places. Pure; total over any bytes. Thread-compatible.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "syntax/python_token.h"
#include "syntax/python_vocabulary.h"

namespace solvent::syntax::python {

/// Index of a node in its tree; 0 is no node.
using NodeId = std::uint32_t;

/// 20 bytes. `begin` and `end` are offsets into Tree::text. Children are linked in the order of the
/// source; each says in `field` what it is to its parent.
struct Node {
  std::uint32_t begin = 0, end = 0;
  NodeId first = 0, next = 0;
  Kind kind = Kind::kNone;
  Field field = Field::kNone;
  /// Operator, Context, ConstantKind, the conversion of a replacement field; see vocabulary.h.
  std::uint8_t op = 0;
  /// What the parent says of this child: a comparator's Operator.
  std::uint8_t role = 0;
};
static_assert(sizeof(Node) == 20);

/// What is wrong with the source: at `begin`, up to `end`. Statements that stand are in the tree.
struct SyntaxError {
  std::uint32_t begin = 0, end = 0;
  std::string_view message;  ///< static text
};

/// From `#` to the end of the line.
struct Comment {
  std::uint32_t begin = 0, end = 0;
};

/// As CPython counts: lines from 1, columns in bytes of UTF-8 from 0.
struct Place {
  std::uint32_t line = 1, column = 0;
  bool operator==(const Place&) const = default;
};

struct Limits {
  std::uint32_t bytes_max = 1u << 30;
  std::uint32_t depth_max = 6000;  ///< of what nests; CPython's parser ends before 6,000
  std::uint32_t errors_max = 1000;
};

/// A growing array whose new places are not cleared. For trivial types.
template <class T>
class Arena {
 public:
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  void clear() { size_ = 0; }
  void shrink(std::size_t size) { size_ = size; }
  T* push() {
    if (size_ == capacity_) grow(size_ + 1);
    return &data_[size_++];
  }
  void reserve(std::size_t wanted) {
    if (wanted > capacity_) grow(wanted);
  }

 private:
  [[gnu::noinline]] void grow(std::size_t wanted) {
    const std::size_t capacity = std::max<std::size_t>(wanted, capacity_ * 2);
    auto bigger = std::make_unique_for_overwrite<T[]>(capacity);
    std::copy(data(), data() + size_, bigger.get());
    data_ = std::move(bigger);
    capacity_ = capacity;
  }
  std::unique_ptr<T[]> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

/// A file's tree. Owns its text, so that a view of it lives as long as the tree.
class Tree {
 public:
  /// UTF-8 without byte order mark; offsets point into it.
  std::string_view text() const { return {text_.data(), size_}; }
  const Node& operator[](NodeId id) const { return nodes_[id]; }
  NodeId root() const { return root_; }  ///< of kind kModule
  std::size_t size() const { return nodes_.size(); }
  const Arena<Token>& tokens() const { return tokens_; }
  const std::vector<Comment>& comments() const { return comments_; }
  /// In the order of the source. Empty exactly when CPython's parser accepts the file.
  const std::vector<SyntaxError>& errors() const { return errors_; }

  Place place(std::uint32_t offset) const;
  std::uint32_t lines() const { return static_cast<std::uint32_t>(line_starts_.size()); }
  /// First child with that field, or 0.
  NodeId child(NodeId parent, Field field) const;
  std::string_view span(NodeId id) const;

  /// The identifier that a node of these kinds carries, in NFKC as CPython compares it: kName,
  /// kIdentifier, kAttribute, kArg, kKeyword, kAlias, kMatchAs, kMatchStar. Empty when it has none.
  std::string name(NodeId id) const;
  /// The same as it is written, where it is one word; a dotted name from its first to its last.
  std::string_view written_name(NodeId id) const;
  /// How many dots a `from … import` begins with.
  std::uint32_t import_level(NodeId id) const;
  /// Value of a string constant (UTF-8, a lone surrogate in three bytes) or a bytes constant.
  std::string string_value(NodeId id) const;
  /// Value of an integer constant: hexadecimal digits without leading zeros.
  std::string integer_digits(NodeId id) const;
  /// Value of a float constant, or the imaginary part of an imaginary one.
  double float_value(NodeId id) const;

 private:
  friend class Parser;
  friend class Lexer;
  friend void parse(std::string_view source, Tree& tree, const Limits& limits);

  std::string text_;  ///< followed by zero bytes, so that loops may read ahead
  std::size_t size_ = 0;
  NodeId root_ = 0;
  Arena<Node> nodes_;
  Arena<Token> tokens_;
  Arena<std::uint32_t> line_starts_;
  std::vector<Comment> comments_;
  std::vector<SyntaxError> errors_;
};

/// Parses a file's bytes into `tree`, whose memory is used again.
void parse(std::string_view source, Tree& tree, const Limits& limits = {});
inline Tree parse(std::string_view source, const Limits& limits = {}) {
  Tree tree;
  parse(source, tree, limits);
  return tree;
}

}  // namespace solvent::syntax::python
