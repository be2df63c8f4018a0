#include "remedies/code/secrets.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "check/memory_tree.h"
#include "remedies/code/source_checks.h"

namespace solvent::remedies::code {
namespace {

// Credentials here are made up, and put together from halves so that no scanner, ours included,
// takes this file for a leak.
const std::string kAws = std::string("AKIA") + "Q7RZ2HM4VTLDK3XW";
const std::string kGithub = std::string("ghp_") + "k2Jd8sLq0ZxV7bNm4RtY1wPe6UhGf3CaTi9o";
const std::string kPassword = std::string("Tr0ub4") + "dor&3x";

bool found(std::string_view path, const std::string& text) {
  static const SecretScanner scanner;
  return !scanner.find(path, text).empty();
}

TEST(Secrets, FindsLiveLookingOnes) {
  for (const auto& [path, text] : std::vector<std::pair<std::string, std::string>>{
           {"a.py", "key = '" + kAws + "'"},
           {"a.py", "client(\"" + kGithub + "\")"},
           {"a.py", "PASSWORD = \"" + kPassword + "\""},
           {"a.py", "db_password: str = '" + kPassword + "'"},
           {"a.py", "connect(user='me', password='" + kPassword + "')"},
           {"a.py", "os.environ['WANDB_API_KEY'] = '8f3b1c9de02a47f6b5c8d1e0f9a2b3c4d5e6f708'"},
           {"a.json", "{\"api_key\": \"8f3b1c9de02a47f6b5c8d1e0f9a2b3c4\"}"},
           {"a.ipynb", "\"password = \\\"" + kPassword + "\\\"\\n\""},
           {".env", "DB_PASSWORD=" + kPassword + "\n"},
           {"c.yaml", "  password: " + kPassword + "  # prod\n"},
           {"a.py", "url = 'postgresql://app:" + kPassword + "@db.prod.internal/x'"},
           {"k.pem",
            "-----BEGIN RSA PRIVATE KEY-----\n"
            "MIIEowIBAAKCAQEAx7Vq3nZ0dKf8sLmQ2wErTyUiOpAsDfGhJkLzXcVbNm09+/4x\n"},
           {"tests/t.py", "token = '" + kGithub + "'"}}) {
    EXPECT_TRUE(found(path, text)) << path << " " << text.size();
  }
}

TEST(Secrets, PassesOverWhatIsNone) {
  for (const auto& [path, text] : std::vector<std::pair<std::string, std::string>>{
           {"a.py", "password = os.environ['PASSWORD']"},
           {"a.py", "password = getpass()"},
           {"a.py", "password = 'changeme'"},
           {"a.py", "api_key = '<your-api-key>'"},
           {"a.py", "API_KEY = 'YOUR_API_KEY_HERE_1'"},
           {"a.py", "key = 'AKIAIOSFODNN7EXAMPLE'"},
           {"a.py", "if password == 'Tr0ub4d0r9x':"},
           {"a.py", "password_field = 'Tr0ub4d0r9x'"},
           {"a.py", "pad_token = '<pad>'"},
           {"a.py", "eos_token = '<|endoftext|>'"},
           {"a.py", "sep_token='[SEP]'"},
           {"a.py", "tokenizer = 'bert-base-uncased'"},
           {"a.py", "token = 'bert-base-uncased'"},
           {"c.yaml", "token: bert-base-uncased-v2\n"},
           {"a.py", "pwd = 'data/raw-2'"},
           {"a.py",
            "password = 'Contrase\xc3\xb1"
            "a'"},
           {"a.py", "secret_name = 'prod/db/main1'"},
           {"a.py", "digest = '8f3b1c9de02a47f6b5c8d1e0f9a2b3c4'"},
           {"a.py", "password = f'{user}-{suffix}'"},
           {"a.py", "token = 'sha256:8f3b1c9de02a47f6b5c8d1e0f9a2b3c4'"},
           {"a.py", "url = 'postgresql://user:pass@localhost/x'"},
           {"a.py", "url = 'postgresql://user:password@db/x'"},
           {"a.py", "url = f'https://{user}:{token}@github.com/'"},
           {"tests/test_a.py", "password = 'hunter2!'"},
           {"README.md", "password = 'hunter2!'"},
           {"c.yaml", "password: ${DB_PASSWORD}\n"},
           {"c.yaml", "password: !vault abc\n"},
           {".env.example", "API_KEY=abc123\n"},
           {"k.pem", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----"},
           {"k.pem",
            "-----BEGIN PUBLIC KEY-----\n"
            "MIIEowIBAAKCAQEAx7Vq3nZ0dKf8sLmQ2wErTyUiOpAsDfGhJkLzXcVbNm09+/4x\n"},
           {"a.bin", std::string("\0", 1) + kAws},
           {"a.ipynb", std::string(5000, 'A') + " " + kAws},
           {"a.py", ""}}) {
    EXPECT_FALSE(found(path, text)) << path << " " << text;
  }
}

TEST(Secrets, CountsLinesAndOncePerLine) {
  const auto all = SecretScanner().find(
      "a.py", "x\n\npassword = '" + kPassword + "'; k = '" + kAws + "'\nq\nk = '" + kGithub + "'");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].line, 3);
  EXPECT_EQ(all[1].line, 5);
  EXPECT_EQ(all[1].kind, "GitHub token");
}

TEST(SecretInCode, NeverTellsTheSecret) {
  check::MemoryTree tree;
  tree.add("a.py", "a = 1\npassword = '" + kPassword + "'\n").add("b.py", "b = 2\n");
  const auto check = secret_in_code();
  const auto answer =
      MUST(check.run(static_cast<const check::SourceTree*>(&tree), JsonObject{}, 0));
  EXPECT_EQ(answer.examinations.size(), 2u);
  ASSERT_EQ(answer.findings.size(), 1u);
  const auto& f = answer.findings[0];
  EXPECT_EQ(f.item, "2");
  EXPECT_EQ(f.evidence.int_or("length", 0), 12);
  EXPECT_EQ(f.evidence.text_or("hash_prefix", "").size(), 6u);
  EXPECT_EQ((f.message + to_text(f.evidence) + f.fingerprint + f.context).find("Tr0ub"),
            std::string::npos);
}

TEST(Secrets, MeasuresEntropy) {
  EXPECT_EQ(entropy_bits(""), 0);
  EXPECT_EQ(entropy_bits("aaaa"), 0);
  EXPECT_DOUBLE_EQ(entropy_bits("abcd"), 2);
}

}  // namespace
}  // namespace solvent::remedies::code
