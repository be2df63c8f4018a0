#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace solvent {

std::string_view code_name(Code code) {
  switch (code) {
    case Code::kOk: return "OK";
    case Code::kCancelled: return "CANCELLED";
    case Code::kUnknown: return "UNKNOWN";
    case Code::kInvalidArgument: return "INVALID_ARGUMENT";
    case Code::kDeadlineExceeded: return "DEADLINE_EXCEEDED";
    case Code::kNotFound: return "NOT_FOUND";
    case Code::kAlreadyExists: return "ALREADY_EXISTS";
    case Code::kPermissionDenied: return "PERMISSION_DENIED";
    case Code::kResourceExhausted: return "RESOURCE_EXHAUSTED";
    case Code::kFailedPrecondition: return "FAILED_PRECONDITION";
    case Code::kAborted: return "ABORTED";
    case Code::kOutOfRange: return "OUT_OF_RANGE";
    case Code::kUnimplemented: return "UNIMPLEMENTED";
    case Code::kInternal: return "INTERNAL";
    case Code::kUnavailable: return "UNAVAILABLE";
    case Code::kDataLoss: return "DATA_LOSS";
    case Code::kUnauthenticated: return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

Error Error::with_hint(std::string text) && {
  if (hint.empty()) hint = std::move(text);
  return std::move(*this);
}

Error Error::with_subject(std::string text) && {
  if (subject.empty()) subject = std::move(text);
  return std::move(*this);
}

int exit_code(Code code) {
  switch (code) {
    case Code::kOk: return 0;
    case Code::kInvalidArgument:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kOutOfRange:
    case Code::kUnimplemented: return 2;
    case Code::kCancelled:
    case Code::kDeadlineExceeded:
    case Code::kPermissionDenied:
    case Code::kResourceExhausted:
    case Code::kFailedPrecondition:
    case Code::kAborted:
    case Code::kUnavailable:
    case Code::kDataLoss:
    case Code::kUnauthenticated: return 3;
    case Code::kUnknown:
    case Code::kInternal: return 4;
  }
  return 4;
}

namespace detail {

void must_failed(const Error& error, const char* expression, const char* file, int line) {
  const std::string_view name = code_name(error.code);
  std::fprintf(stderr, "%s:%d: invariant broken: %s failed: %.*s: %s\n", file, line, expression,
               static_cast<int>(name.size()), name.data(), error.message.c_str());
  std::abort();
}

void assert_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: invariant broken: %s\n", file, line, expression);
  std::abort();
}

}  // namespace detail
}  // namespace solvent
