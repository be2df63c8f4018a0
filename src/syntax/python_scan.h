/// Sixteen bytes of source at a time. Part of the lexer. Every function may read up to 16 bytes
/// beyond what it answers: the text is followed by zero bytes.
#pragma once

#include <bit>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace solvent::syntax::python {

inline bool is_newline(char c) {
  return c == '\n' || c == '\r';
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_word(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || is_digit(c) || c == '_' || c < 0;
}

#if defined(__SSE2__)
static_assert(static_cast<char>(0x80) < 0);

inline __m128i load16(const char* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
inline unsigned mask16(__m128i v) {
  return static_cast<unsigned>(_mm_movemask_epi8(v));
}

inline const char* end_of_word(const char* p) {
  for (;; p += 16) {
    const __m128i v = load16(p);
    const __m128i letter = _mm_sub_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    const __m128i digit = _mm_sub_epi8(v, _mm_set1_epi8('0'));
    const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter);
    const __m128i is_number = _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit);
    const __m128i is_line = _mm_cmpeq_epi8(v, _mm_set1_epi8('_'));
    const unsigned in =
        mask16(_mm_or_si128(_mm_or_si128(is_letter, is_number), _mm_or_si128(is_line, v)));
    if (in != 0xffff) return p + std::countr_one(in);
  }
}

inline bool has_high_bytes(const char* p, const char* end) {
  for (; end - p > 16; p += 16) {
    if (mask16(load16(p)) != 0) return true;
  }
  return (mask16(load16(p)) & ((1u << (end - p)) - 1)) != 0;
}

inline const char* end_of_spaces(const char* p) {
  for (;; p += 16) {
    const unsigned in = mask16(_mm_cmpeq_epi8(load16(p), _mm_set1_epi8(' ')));
    if (in != 0xffff) return p + std::countr_one(in);
  }
}

/// First byte that is one of the given ones, or zero.
template <char... kWanted>
const char* find_any(const char* p) {
  for (;; p += 16) {
    const __m128i v = load16(p);
    __m128i found = _mm_cmpeq_epi8(v, _mm_setzero_si128());
    ((found = _mm_or_si128(found, _mm_cmpeq_epi8(v, _mm_set1_epi8(kWanted)))), ...);
    const unsigned in = mask16(found);
    if (in != 0) return p + std::countr_zero(in);
  }
}
#else
inline const char* end_of_word(const char* p) {
  while (is_word(*p)) ++p;
  return p;
}
inline bool has_high_bytes(const char* p, const char* end) {
  for (; p < end; ++p) {
    if (static_cast<unsigned char>(*p) >= 0x80) return true;
  }
  return false;
}
inline const char* end_of_spaces(const char* p) {
  while (*p == ' ') ++p;
  return p;
}
template <char... kWanted>
const char* find_any(const char* p) {
  while (*p != 0 && ((*p != kWanted) && ...)) ++p;
  return p;
}
#endif

/// First byte that ends a line, at most `end`.
inline const char* end_of_line(const char* p, const char* end) {
  for (;; ++p) {
    p = find_any<'\n', '\r'>(p);
    if (*p != 0) return p;
    if (p >= end) return end;
  }
}

}  // namespace solvent::syntax::python
