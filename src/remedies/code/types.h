/// Words of the code remedy: fixes, and what they write. Described structs, values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/describe.h"

namespace solvent::remedies::code {

struct FixRequest {
  std::string debt;
  LocalTree tree;
  std::optional<LocalFile> environment;
  bool dry_run = false;
  static constexpr std::string_view kName = "FixRequest";
  template <class V>
  void describe(V& v) {
    v.field("debt", debt, "debt to pay, e.g. d-7f3k2a");
    v.field("tree", tree, "the project to fix");
    v.field("environment", environment,
            "output of `pip freeze` where the project runs; its versions become the pins");
    v.field("dry_run", dry_run, "show the change, write nothing");
  }
};

/// One file as it should become. The client writes it below the tree it named, only if the file
/// there still has the digest `before`.
struct LocalWrite {
  std::string path, before, text;
  static constexpr std::string_view kName = "LocalWrite";
  template <class V>
  void describe(V& v) {
    v.field("path", path, "file, relative to the tree", {.unit = Unit::kPath});
    v.field("before", before, "BLAKE3 of the file the fix was made for", {.unit = Unit::kDigest});
    v.field("text", text, "new content", {.wide = true});
  }
};

struct FixSkipped {
  std::string item, reason;
  static constexpr std::string_view kName = "FixSkipped";
  template <class V>
  void describe(V& v) {
    v.field("item", item, "what stays as it is");
    v.field("reason", reason, "why");
  }
};

struct FixResult {
  std::string debt, effect, summary, diff, next;
  std::vector<LocalWrite> writes;
  std::vector<FixSkipped> skipped;
  static constexpr std::string_view kName = "FixResult";
  template <class V>
  void describe(V& v) {
    v.field("debt", debt, "debt");
    v.field("effect", effect, "equivalent, intended or advice",
            {.choices = {"equivalent", "intended", "advice"}});
    v.field("summary", summary, "what the change does");
    v.field("diff", diff, "unified diff", {.wide = true});
    v.field("writes", writes, "files as they should become");
    v.field("skipped", skipped, "what stays, and why");
    v.field("next", next, "what to run next", {.unit = Unit::kCommand});
  }
};

struct RuleTestRequest {
  LocalFile file;
  static constexpr std::string_view kName = "RuleTestRequest";
  template <class V>
  void describe(V& v) {
    v.field("file", file, "a rule's file, FAMILY/NAME.toml");
  }
};

struct RuleTestResult {
  std::string check, title;
  std::int64_t bad = 0, good = 0;
  static constexpr std::string_view kName = "RuleTestResult";
  template <class V>
  void describe(V& v) {
    v.field("check", check, "the check that the rule becomes");
    v.field("title", title, "what it is called");
    v.field("bad", bad, "examples in which it finds what they mark, and nothing else");
    v.field("good", good, "examples in which it finds nothing");
  }
};

}  // namespace solvent::remedies::code
