#include "op/registry.h"

#include <algorithm>

#include "base/text.h"
#include "op/parameters.h"

namespace solvent::op {
namespace {

Unexpected our_bug(const OperationSpec& spec, const std::string& why) {
  return fail(Code::kInternal, "operation " + spec.id() + " " + why, "correct its declaration",
              spec.id());
}

std::vector<std::string_view> segments_of(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  return split(path, '/');
}

bool is_capture(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool is_tail(std::string_view segment) {
  return is_capture(segment) && segment.ends_with("*}");
}

std::string_view capture_name(std::string_view segment) {
  return segment.substr(1, segment.size() - (is_tail(segment) ? 3 : 2));
}

bool is_word(std::string_view text) {
  if (text.empty() || text.front() == '-') return false;
  return std::ranges::all_of(
      text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Result<void> check_fields(const OperationSpec& spec) {
  for (const std::string_view segment : segments_of(spec.path)) {
    if (!is_capture(segment)) continue;
    const FieldSpec* field = spec.request->find(capture_name(segment));
    if (field == nullptr) return our_bug(spec, "has no request field for " + std::string(segment));
    if (field->list || field->type == FieldType::kStruct)
      return our_bug(spec, "takes a list or an object in its path: " + std::string(segment));
  }
  for (std::size_t i = 0; i < spec.positional.size(); ++i) {
    const FieldSpec* field = spec.request->find(spec.positional[i]);
    if (field == nullptr) return our_bug(spec, "has no request field " + spec.positional[i]);
    if (field->list && i + 1 < spec.positional.size())
      return our_bug(spec, "has a list before its last positional: " + spec.positional[i]);
  }
  if (spec.destructive) {
    const FieldSpec* dry_run = spec.request->find("dry_run");
    if (dry_run == nullptr || dry_run->type != FieldType::kBool)
      return our_bug(spec, "is destructive and has no dry_run field");
  }
  return {};
}

Result<void> check_spec(const OperationSpec& spec) {
  static const std::vector<std::string> kMethods{"DELETE", "GET", "PATCH", "POST", "PUT"};
  if (!is_word(spec.noun) || !is_word(spec.verb)) return our_bug(spec, "needs lower-case words");
  if (std::ranges::find(kMethods, spec.method) == kMethods.end())
    return our_bug(spec, "has an unknown method: " + spec.method);
  if (!spec.path.starts_with('/')) return our_bug(spec, "has a path without a leading /");
  if (spec.request == nullptr || spec.result == nullptr)
    return our_bug(spec, "does not say what it takes and gives");
  if (spec.summary.empty()) return our_bug(spec, "has no summary");
  if (spec.examples.empty()) return our_bug(spec, "has no example");
  for (const Example& example : spec.examples)
    if (!example.command.starts_with("solvent " + spec.noun))
      return our_bug(spec, "has an example of something else: " + example.command);
  return check_fields(spec);
}

}  // namespace

Result<Operations> Operations::describe(std::vector<OperationSpec> specs) {
  Operations table;
  table.specs_ = std::move(specs);
  table.nodes_.emplace_back();
  for (std::size_t i = 0; i < table.specs_.size(); ++i) {
    const OperationSpec& spec = table.specs_[i];
    TRY(check_spec(spec));
    if (!table.by_id_.emplace(spec.id(), i).second) return our_bug(spec, "is declared twice");
    if (spec.default_verb && !table.default_verbs_.emplace(spec.noun, i).second)
      return our_bug(spec, "is a second default of its noun");
    if (std::ranges::find(table.nouns_, spec.noun) == table.nouns_.end())
      table.nouns_.push_back(spec.noun);
    TRY(table.add_path(i));
  }
  return table;
}

Result<Operations> Operations::create(std::vector<OperationSpec> specs,
                                      std::vector<Handler> handlers) {
  Operations table = TRY(describe(std::move(specs)));
  for (Handler& handler : handlers) {
    if (table.find_id(handler.id) == nullptr)
      return fail(Code::kInternal, "a handler has no operation: " + handler.id,
                  "declare the operation, or remove the handler", handler.id);
    if (!handler.call)
      return fail(Code::kInternal, "a handler is empty: " + handler.id, {}, handler.id);
    if (!table.handlers_.emplace(handler.id, std::move(handler.call)).second)
      return fail(Code::kInternal, "an operation has two handlers: " + handler.id, {}, handler.id);
  }
  for (const OperationSpec& spec : table.specs_)
    if (!table.handlers_.contains(spec.id())) return our_bug(spec, "has no handler");
  return table;
}

Result<void> Operations::add_path(std::size_t index) {
  const OperationSpec& spec = specs_[index];
  std::size_t node = 0;
  const auto segments = segments_of(spec.path);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (is_tail(segments[i]) && i + 1 < segments.size())
      return our_bug(spec, "has segments behind " + std::string(segments[i]));
    std::size_t next = nodes_.size();
    Node& here = nodes_[node];
    if (is_tail(segments[i])) {
      next = here.tail == 0 ? here.tail = next : here.tail;
    } else if (is_capture(segments[i])) {
      next = here.capture == 0 ? here.capture = next : here.capture;
    } else {
      next = here.fixed.emplace(segments[i], next).first->second;
    }
    if (next == nodes_.size()) nodes_.emplace_back();
    node = next;
  }
  if (!nodes_[node].methods.emplace(spec.method, index).second)
    return our_bug(
        spec, "has the method and path of another operation: " + spec.method + " " + spec.path);
  return {};
}

const Operations::Node* Operations::walk(std::span<const std::string_view> segments,
                                         std::size_t node) const {
  const Node& here = nodes_[node];
  if (segments.empty()) return here.methods.empty() ? nullptr : &here;
  // Depth is the number of segments, which the HTTP layer bounds with the header's size; branching
  // is at most three, and only where declared paths differ.
  if (const auto fixed = here.fixed.find(segments.front()); fixed != here.fixed.end())
    if (const Node* found = walk(segments.subspan(1), fixed->second)) return found;
  if (here.capture != 0 && !segments.front().empty())
    if (const Node* found = walk(segments.subspan(1), here.capture)) return found;
  if (here.tail != 0 && !segments.front().empty()) return &nodes_[here.tail];
  return nullptr;
}

std::vector<const OperationSpec*> Operations::verbs_of(std::string_view noun) const {
  std::vector<const OperationSpec*> verbs;
  for (const OperationSpec& spec : specs_)
    if (spec.noun == noun) verbs.push_back(&spec);
  return verbs;
}

const OperationSpec* Operations::find_id(std::string_view id) const {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : &specs_[at->second];
}

Result<const OperationSpec*> Operations::find(std::string_view noun, std::string_view verb) const {
  if (std::ranges::find(nouns_, noun) == nouns_.end()) {
    const auto near = nearest(noun, nouns_);
    return fail(Code::kNotFound, "no such command: " + sanitize_utf8(noun),
                near ? "did you mean solvent " + *near + "?" : "solvent --help lists the commands",
                std::string(noun));
  }
  if (verb.empty()) {
    if (const auto at = default_verbs_.find(noun); at != default_verbs_.end())
      return &specs_[at->second];
  } else if (const auto* spec = find_id(std::string(noun) + " " + std::string(verb))) {
    return spec;
  }
  std::vector<std::string> verbs;
  for (const OperationSpec* spec : verbs_of(noun)) verbs.push_back(spec->verb);
  const std::string words = "solvent " + std::string(noun);
  if (verb.empty())
    return fail(Code::kNotFound, words + " needs one of: " + join(verbs, ", "),
                words + " --help shows examples", std::string(noun));
  const auto near = nearest(verb, verbs);
  return fail(
      Code::kNotFound, "no such command: " + words + " " + sanitize_utf8(verb),
      near ? "did you mean " + words + " " + *near + "?" : words + " has: " + join(verbs, ", "),
      std::string(verb));
}

Result<Operations::Match> Operations::match(std::string_view method, std::string_view path) const {
  const auto segments = segments_of(path);
  const Node* node = path.starts_with('/') ? walk(segments, 0) : nullptr;
  if (node == nullptr)
    return fail(Code::kNotFound, "no such path: " + sanitize_utf8(path),
                "GET /openapi.json lists the paths", std::string(path));
  const auto at = node->methods.find(method);
  if (at == node->methods.end())
    return fail(Code::kUnimplemented,
                sanitize_utf8(method) + " is not a method of " + sanitize_utf8(path),
                "it answers: " + join(methods_of(path), ", "), std::string(path));
  Match match{.spec = &specs_[at->second]};
  const auto pattern = segments_of(match.spec->path);
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!is_capture(pattern[i])) continue;
    std::string value(segments[i]);
    if (is_tail(pattern[i]))
      for (std::size_t k = i + 1; k < segments.size(); ++k) value.append("/").append(segments[k]);
    match.captures.emplace_back(capture_name(pattern[i]), std::move(value));
  }
  return match;
}

std::vector<std::string> Operations::methods_of(std::string_view path) const {
  std::vector<std::string> methods;
  const auto segments = segments_of(path);
  if (const Node* node = path.starts_with('/') ? walk(segments, 0) : nullptr)
    for (const auto& [method, index] : node->methods) methods.push_back(method);
  return methods;
}

Result<Reply> Operations::call(const OperationSpec& spec, Request request,
                               const Caller& caller) const {
  static const CancelToken never;
  if (!caller.may(spec.role)) {
    if (caller.principal.empty())
      return fail(Code::kUnauthenticated,
                  "sign in first: " + spec.id() + " is not open to everyone",
                  "send a token, or run on the machine that holds the workspace", spec.id());
    return fail(Code::kPermissionDenied, caller.principal + " may not run " + spec.id(),
                "ask an administrator of this workspace for the role", spec.id());
  }
  const auto handler = handlers_.find(spec.id());
  if (handler == handlers_.end())
    return fail(Code::kUnimplemented, "not bound in this process: " + spec.id(), {}, spec.id());
  if (request.params.is_null()) request.params = JsonObject();
  TRY(validate(request.params, *spec.request));
  if (!request.progress) request.progress = [](const Progress&) {};
  if (request.cancel == nullptr) request.cancel = &never;
  auto reply = handler->second(request, caller);
  if (reply) return reply;
  return Unexpected(named_as_given(std::move(reply).error(), request.params, *spec.request));
}

}  // namespace solvent::op
