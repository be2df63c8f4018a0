/// Text as people and protocols see it. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace solvent {

std::vector<std::string_view> split(std::string_view text, char separator);
std::vector<std::string_view> split_lines(std::string_view text);  ///< without \n or \r\n
std::string_view trim(std::string_view text);
std::string lower_ascii(std::string_view text);
std::string join(std::span<const std::string> parts, std::string_view separator);
bool contains(std::string_view text, std::string_view needle);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

bool is_valid_utf8(std::string_view text);
/// Each invalid byte becomes U+FFFD; for showing foreign bytes.
std::string sanitize_utf8(std::string_view text);
/// NFC; kInvalidArgument for invalid UTF-8, empty, control characters, or more than 512 bytes.
Result<std::string> normalize_name(std::string_view name, std::string_view field);
/// Terminal columns a UTF-8 text takes (wcwidth).
std::size_t display_width(std::string_view text);

/// Strict whole-text parses.
std::optional<std::int64_t> parse_int(std::string_view text);
std::optional<double> parse_double(std::string_view text);

/// fnmatch-like over '/'-separated paths with `*`, `?`, `**`, `[...]`.
bool glob_match(std::string_view pattern, std::string_view path);

/// Candidate nearest to `word` by edit distance, if near enough to suggest.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// "1,234,567"
std::string with_thousands(std::int64_t value);
/// "12.3 MiB"
std::string format_bytes(std::uint64_t bytes);
/// Labour: "45 min", "3.5 h", "412 h".
std::string format_labour(std::int64_t seconds);
/// Shortest text that reads back as the same double.
std::string format_double(double value);

std::string html_escape(std::string_view text);
std::string percent_encode(std::string_view text);  ///< everything but unreserved (RFC 3986)
Result<std::string> percent_decode(std::string_view text);
std::string base64_encode(std::string_view bytes);
Result<std::string> base64_decode(std::string_view text);

}  // namespace solvent
