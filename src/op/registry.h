/// The table of all operations: looked up by command words or by HTTP method and path, called with
/// role and parameters checked. Immutable once made, hence thread-safe.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "op/operation.h"

namespace solvent::op {

class Operations {
 public:
  /// Every spec has exactly one handler, words and (method, path) are its own, each {x} in a path
  /// and each positional is a field of the request, and there is an example; else kInternal, naming
  /// the operation: such a table is our bug.
  static Result<Operations> create(std::vector<OperationSpec> specs, std::vector<Handler> handlers);
  /// Specs alone: enough for help, completions and OpenAPI; every call is kUnimplemented.
  static Result<Operations> describe(std::vector<OperationSpec> specs);

  std::span<const OperationSpec> specs() const { return specs_; }
  /// In the order of the specs, each once.
  const std::vector<std::string>& nouns() const { return nouns_; }
  std::vector<const OperationSpec*> verbs_of(std::string_view noun) const;

  /// An empty verb is the noun's default one. kNotFound suggests the nearest word.
  Result<const OperationSpec*> find(std::string_view noun, std::string_view verb) const;
  /// By "noun verb"; null when there is none.
  const OperationSpec* find_id(std::string_view id) const;

  struct Match {
    const OperationSpec* spec = nullptr;
    std::vector<std::pair<std::string, std::string>> captures;  ///< {x} → segment, as given
  };
  /// `path` is without the query, its segments percent-decoded. Fixed segments win over captures.
  /// kNotFound for an unknown path, kUnimplemented when only the method is wrong.
  Result<Match> match(std::string_view method, std::string_view path) const;
  /// Methods that the path answers, in byte order; for the Allow header.
  std::vector<std::string> methods_of(std::string_view path) const;

  /// kUnauthenticated or kPermissionDenied when the role does not suffice, kInvalidArgument when
  /// the parameters do not meet the spec; else what the handler says. Null `progress` and `cancel`
  /// are filled in.
  Result<Reply> call(const OperationSpec& spec, Request request, const Caller& caller) const;

 private:
  struct Node {
    std::map<std::string, std::size_t, std::less<>> fixed;    ///< segment → node
    std::size_t capture = 0;                                  ///< node behind {x}; 0 is none
    std::size_t tail = 0;                                     ///< node behind {x*}; 0 is none
    std::map<std::string, std::size_t, std::less<>> methods;  ///< method → spec
  };

  Result<void> add_path(std::size_t index);
  const Node* walk(std::span<const std::string_view> segments, std::size_t node) const;

  std::vector<OperationSpec> specs_;
  std::map<std::string, HandlerFn, std::less<>> handlers_;
  std::map<std::string, std::size_t, std::less<>> by_id_;
  std::map<std::string, std::size_t, std::less<>> default_verbs_;
  std::vector<std::string> nouns_;
  std::vector<Node> nodes_;
};

}  // namespace solvent::op
