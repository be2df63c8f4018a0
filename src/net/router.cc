#include "net/router.h"

#include <algorithm>

#include "base/text.h"

namespace solvent::net {

struct Router::Node {
  struct Entry {
    const Route* route;
    std::vector<std::string> names;  ///< of the captures, in path order
  };
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;  ///< sorted by text
  std::unique_ptr<Node> capture;
  std::unique_ptr<Node> rest;  ///< {name*}: takes all that is left, never nothing
  std::vector<Entry> entries;

  Node& literal(std::string_view text) {
    const auto place =
        std::lower_bound(literals.begin(), literals.end(), text,
                         [](const auto& item, std::string_view key) { return item.first < key; });
    if (place != literals.end() && place->first == text) return *place->second;
    return *literals.emplace(place, text, std::make_unique<Node>())->second;
  }
  const Node* find_literal(std::string_view text) const {
    const auto place =
        std::lower_bound(literals.begin(), literals.end(), text,
                         [](const auto& item, std::string_view key) { return item.first < key; });
    return place != literals.end() && place->first == text ? place->second.get() : nullptr;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

Result<Router> Router::create(std::vector<Route> routes) {
  Router router;
  router.routes_ = std::move(routes);
  for (const Route& route : router.routes_) TRY(router.add(route));
  return router;
}

Result<void> Router::add(const Route& route) {
  const auto refuse = [&](const char* why) {
    return fail(Code::kInvalidArgument,
                std::string(why) + ": " + route.method + " " + route.pattern,
                "mend the route's declaration", route.pattern);
  };
  if (!route.pattern.starts_with('/')) return refuse("a pattern must begin with '/'");
  Node* node = root_.get();
  std::vector<std::string> names;
  const auto segments = split(std::string_view(route.pattern).substr(1), '/');
  for (std::size_t i = 0; i < segments.size(); ++i) {
    std::string_view segment = segments[i];
    if (!segment.starts_with('{')) {
      node = &node->literal(segment);
      continue;
    }
    if (segment.size() < 3 || !segment.ends_with('}')) return refuse("a capture must be {name}");
    segment = segment.substr(1, segment.size() - 2);
    const bool is_rest = segment.ends_with('*');
    if (is_rest && i + 1 != segments.size()) return refuse("{name*} must come last");
    if (is_rest) segment.remove_suffix(1);
    names.emplace_back(segment);
    auto& next = is_rest ? node->rest : node->capture;
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  for (const auto& entry : node->entries)
    if (entry.route->method == route.method) return refuse("two routes clash");
  node->entries.push_back({&route, std::move(names)});
  return {};
}

const Router::Node* Router::walk(std::string_view path, const Node& node,
                                 std::vector<std::string_view>& held) const {
  const std::size_t slash = path.find('/');
  const std::string_view segment = path.substr(0, slash);
  const bool is_last = slash == std::string_view::npos;
  const std::string_view tail = is_last ? std::string_view() : path.substr(slash + 1);
  const auto descend = [&](const Node& next) -> const Node* {
    if (is_last) return next.entries.empty() ? nullptr : &next;
    return walk(tail, next, held);
  };
  if (const Node* next = node.find_literal(segment))
    if (const Node* found = descend(*next)) return found;
  if (node.capture && !segment.empty()) {
    held.push_back(segment);
    if (const Node* found = descend(*node.capture)) return found;
    held.pop_back();
  }
  if (node.rest && !path.empty()) {
    held.push_back(path);
    return node.rest.get();
  }
  return nullptr;
}

Router::Match Router::find(std::string_view method, std::string_view path, Fields& captures) const {
  captures.clear();
  std::vector<std::string_view> held;
  const Node* node = path.starts_with('/') ? walk(path.substr(1), *root_, held) : nullptr;
  if (node == nullptr) return {};
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  const Node::Entry* found = nullptr;
  for (const auto& entry : node->entries) {
    if (entry.route->method == wanted && found == nullptr) found = &entry;
    if (entry.route->method == method) found = &entry;
  }
  if (found != nullptr) {
    ASSERT(found->names.size() == held.size());
    for (std::size_t i = 0; i < held.size(); ++i) captures.emplace_back(found->names[i], held[i]);
    return {found->route, {}};
  }
  Match match;
  for (const auto& entry : node->entries) {
    if (!match.allow.empty()) match.allow += ", ";
    match.allow += entry.route->method;
    if (entry.route->method == "GET") match.allow += ", HEAD";
  }
  return match;
}

}  // namespace solvent::net
