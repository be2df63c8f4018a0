/// Finds the route of a path. A trie over segments: literal segments win over {captures}, which win
/// over a last {capture*}. Immutable after creation, hence thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http.h"

namespace solvent::net {

class Router {
 public:
  /// kInvalidArgument for a malformed pattern or two routes of one method that clash.
  static Result<Router> create(std::vector<Route> routes);
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;
  ~Router();

  struct Match {
    const Route* route = nullptr;  ///< null: unknown path, or known with other methods
    std::string allow;             ///< "GET, HEAD, POST" when the path is known but not the method
  };
  /// Fills `captures` when a route is found. HEAD finds GET.
  Match find(std::string_view method, std::string_view path, Fields& captures) const;

 private:
  struct Node;
  Router();
  Result<void> add(const Route& route);
  const Node* walk(std::string_view path, const Node& node,
                   std::vector<std::string_view>& held) const;

  std::vector<Route> routes_;
  std::unique_ptr<Node> root_;
};

}  // namespace solvent::net
