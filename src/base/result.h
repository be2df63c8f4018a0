/// Errors as values. Owns Error, Code, Result<T>, TRY and MUST. Everything here is
/// thread-compatible.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace solvent {

/// Error codes are google.rpc.Code, number for number.
enum class Code : std::uint8_t {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

/// "NOT_FOUND" and so on, as google.rpc spells them.
std::string_view code_name(Code code);

/// What went wrong (static text first, values last), on what, and what to do next.
struct Error {
  Code code = Code::kUnknown;
  std::string message;
  std::string hint;     ///< the next command or act; empty only when there is none
  std::string subject;  ///< the file, field, asset or address concerned

  /// The same error with an outer subject or hint where none was given.
  Error with_hint(std::string text) &&;
  Error with_subject(std::string text) &&;
};

/// Exit code of the command line for an error: 2 bad input, 3 environment, 4 our bug.
int exit_code(Code code);

/// A value or an Error. Ignoring one is a compile error.
template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

using Unexpected = std::unexpected<Error>;

/// `return fail(Code::kNotFound, "no such asset: x", "solvent asset list shows them", "x");`
inline Unexpected fail(Code code, std::string message, std::string hint = {},
                       std::string subject = {}) {
  return Unexpected(Error{code, std::move(message), std::move(hint), std::move(subject)});
}

namespace detail {
[[noreturn]] void must_failed(const Error& error, const char* expression, const char* file,
                              int line);
[[noreturn]] void assert_failed(const char* expression, const char* file, int line);
}  // namespace detail

#define SOLVENT_JOIN_(a, b) a##b
#define SOLVENT_NAME_(stem, number) SOLVENT_JOIN_(stem, number)
#define SOLVENT_TRY_(expr, name)                             \
  __extension__({                                            \
    auto&& name = (expr);                                    \
    if (!name) [[unlikely]]                                  \
      return ::solvent::Unexpected(std::move(name).error()); \
    *std::move(name);                                        \
  })
#define SOLVENT_MUST_(expr, text, name)                                       \
  __extension__({                                                             \
    auto&& name = (expr);                                                     \
    if (!name) [[unlikely]]                                                   \
      ::solvent::detail::must_failed(name.error(), text, __FILE__, __LINE__); \
    *std::move(name);                                                         \
  })

/// Propagates the error of `expr` out of the function, else yields its value. Names are numbered so
/// that one TRY may stand inside another.
#define TRY(expr) SOLVENT_TRY_(expr, SOLVENT_NAME_(solvent_try_, __COUNTER__))

/// Yields the value of `expr`; an error here is a broken invariant and ends the process.
#define MUST(expr) SOLVENT_MUST_(expr, #expr, SOLVENT_NAME_(solvent_must_, __COUNTER__))

/// Invariants; on in release, never reachable from input.
#define ASSERT(condition) \
  ((condition) ? (void)0 : ::solvent::detail::assert_failed(#condition, __FILE__, __LINE__))

}  // namespace solvent
