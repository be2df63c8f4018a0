#include "sql/values.h"

#include <cmath>
#include <cstring>

#include "base/text.h"

namespace solvent::sql {
namespace {

/// Eight bytes at a time; most text is ASCII, and for that this is the whole check.
bool is_ascii_without_nul(std::string_view text) {
  constexpr std::uint64_t kHigh = 0x8080808080808080u;
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if (((word | (word - kOnes)) & kHigh) != 0) return false;
  }
  for (; at < text.size(); ++at) {
    if (text[at] <= 0) return false;
  }
  return true;
}

}  // namespace

Result<void> check_params(Params params, std::size_t expected) {
  if (params.size() != expected) {
    return fail(Code::kInternal, "statement takes " + std::to_string(expected) +
                                     " parameters, given " + std::to_string(params.size()));
  }
  const auto refuse = [](std::size_t i, std::string_view what, std::string_view hint) {
    return fail(Code::kInvalidArgument, std::string(what) + ": parameter $" + std::to_string(i + 1),
                std::string(hint));
  };
  for (std::size_t i = 0; i < params.size(); ++i) {
    if (const auto* text = std::get_if<std::string>(&params[i])) {
      if (is_ascii_without_nul(*text)) continue;
      if (text->find('\0') != std::string::npos) {
        return refuse(i, "text holds a NUL character", "remove it, or store the value as bytes");
      }
      if (!is_valid_utf8(*text)) {
        return refuse(i, "text is not UTF-8", "convert it, or store the value as bytes");
      }
    } else if (const auto* real = std::get_if<double>(&params[i]); real && std::isnan(*real)) {
      return refuse(i, "NaN cannot be stored", "store NULL where there is no number");
    }
  }
  return {};
}

std::int64_t Row::integer(std::size_t column) const {
  ASSERT(column < values_.size());
  const auto* value = std::get_if<std::int64_t>(&values_[column]);
  ASSERT(value != nullptr);
  return *value;
}

double Row::real(std::size_t column) const {
  ASSERT(column < values_.size());
  if (const auto* value = std::get_if<std::int64_t>(&values_[column])) {
    return static_cast<double>(*value);
  }
  const auto* value = std::get_if<double>(&values_[column]);
  ASSERT(value != nullptr);
  return *value;
}

const std::string& Row::text(std::size_t column) const {
  ASSERT(column < values_.size());
  const auto* value = std::get_if<std::string>(&values_[column]);
  ASSERT(value != nullptr);
  return *value;
}

const Bytes& Row::blob(std::size_t column) const {
  ASSERT(column < values_.size());
  const auto* value = std::get_if<Bytes>(&values_[column]);
  ASSERT(value != nullptr);
  return *value;
}

std::optional<std::int64_t> Row::optional_integer(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Row::optional_text(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

}  // namespace solvent::sql
