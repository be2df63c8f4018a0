#include "remedies/data/service.h"

#include <gtest/gtest.h>

#include "identity/identity.h"
#include "sql/test_engines.h"

namespace solvent::remedies::data {
namespace {

constexpr std::string_view kCsv =
    "month,delay,carrier\n"
    "1,5,UA\n1,-3,AA\n1,,UA\n7,20,B6\n7,40,B6\n";
/// Its rows of July, texts quoted.
constexpr std::string_view kJulyCsv = "month,delay,\"carrier\"\n7,20,\"B6\"\n7,40,\"B6\"\n";

class DataTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    database_.make(GetParam());
    if (HasFatalFailure()) return;
    auto migrations = catalog::specs().migrations;
    for (const auto& more :
         {identity::specs().migrations, store::specs().migrations, specs().migrations})
      migrations.insert(migrations.end(), more.begin(), more.end());
    ASSERT_TRUE(database_->migrate(migrations, [] { return Result<void>(); }));
    directory_.emplace(MUST(TempDirectory::create("data")));
    store_ = MUST(store::open_store(directory_->path() + "/store", posix_files(), *database_,
                                    clock_, random_));
    catalog_ = std::make_unique<catalog::Catalog>(*database_, clock_, random_,
                                                  std::vector<catalog::Subscription>());
    engine_ = MUST(table::open_engine());
    service_ = std::make_unique<Service>(
        *database_, *store_, *catalog_,
        [this]() -> Result<table::Engine*> { return engine_.get(); }, clock_,
        directory_->path() + "/scratch");
  }

  LocalFile write(const std::string& name, std::string_view text) {
    const std::string path = directory_->path() + "/" + name;
    MUST(write_file_durably(posix_files(), path, as_bytes(text)));
    return {.root = path, .given = name};
  }
  Result<PutResult> put(const LocalFile& file, const std::string& slice = "",
                        const std::string& owner = "") {
    return service_->put(caller_, {.file = file, .name = "flights", .slice = slice, .owner = owner},
                         request_);
  }

  sql::TestDatabase database_;
  FakeClock clock_{1'700'000'000 * kSecondUs};
  SeededRandom random_{11};
  std::optional<TempDirectory> directory_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<table::Engine> engine_;
  std::unique_ptr<Service> service_;
  op::Caller caller_ = op::local_owner();
  CancelToken cancel_;
  op::Request request_{.progress = [](const op::Progress&) {}, .cancel = &cancel_};
};

TEST_P(DataTest, TheSameBytesAndSliceAreTheSameVersion) {
  const auto file = write("flights.csv", kCsv);
  const auto first = put(file), again = put(write("copy.csv", kCsv));
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(again);
  EXPECT_TRUE(first->created);
  EXPECT_FALSE(again->created);
  EXPECT_EQ(first->version, again->version);
  EXPECT_EQ(first->rows, 5);
  EXPECT_EQ(first->columns, 3);
  EXPECT_EQ(catalog_->asset(caller_, "flights")->versions, 1);
}

TEST_P(DataTest, SlicesAreVersionsOfTheirOwnOverOneCopyOfTheBytes) {
  const auto file = write("flights.csv", kCsv);
  ASSERT_TRUE(put(file));
  const auto january = put(file, "month=1"), july = put(file, "month=7");
  ASSERT_TRUE(january) << january.error().message;
  EXPECT_EQ(january->rows, 3);
  EXPECT_EQ(july->rows, 2);
  EXPECT_EQ(january->content, july->content);
  EXPECT_NE(january->version, july->version);
  EXPECT_EQ(service_->find(caller_, "flights", "")->slice, "") << "the whole comes first";
  EXPECT_EQ(service_->find(caller_, "flights", "month=7")->digest, july->version);
  EXPECT_EQ(service_->find(caller_, "flights", january->version.substr(0, 8))->slice, "month=1");
  const auto missing = service_->find(caller_, "flights", "month=12");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().hint.find("month=7"), std::string::npos) << "the hint lists what is";
}

TEST_P(DataTest, WhatWasPutLastIsCurrentThoughItWasThereBefore) {
  const auto a = write("a.csv", kCsv), b = write("b.csv", std::string(kCsv) + "7,1,Z\n");
  std::vector<std::string> versions;
  for (const auto& file : {a, b, a}) {
    clock_.advance(kSecondUs);
    versions.push_back(put(file)->version);
  }
  ASSERT_EQ(versions[0], versions[2]);
  EXPECT_EQ(catalog_->asset(caller_, "flights")->current_version, versions[0]);
  EXPECT_EQ(service_->find(caller_, "flights", "")->digest, versions[0]);
  EXPECT_EQ(service_->show(caller_, {.dataset = "flights"})->version, versions[0]);
  // A slice is put beside it, not over it.
  clock_.advance(kSecondUs);
  ASSERT_TRUE(put(b, "month=7"));
  EXPECT_EQ(service_->find(caller_, "flights", "")->digest, versions[0]);
}

TEST_P(DataTest, ShowsWhatTheRowsSay) {
  ASSERT_TRUE(put(write("flights.csv", kCsv)));
  const auto view = service_->show(caller_, {.dataset = "flights"});
  ASSERT_TRUE(view) << view.error().message;
  ASSERT_EQ(view->columns.size(), 3u);
  const auto& delay = view->columns[1];
  EXPECT_EQ(delay.nulls, 1);
  EXPECT_DOUBLE_EQ(delay.null_share, 0.2);
  EXPECT_DOUBLE_EQ(*delay.mean, 15.5);  // (5 − 3 + 20 + 40) / 4
  EXPECT_DOUBLE_EQ(*delay.min, -3);
  EXPECT_DOUBLE_EQ(*delay.max, 40);
  std::int64_t counted = 0;
  for (const auto& bin : delay.histogram) counted += bin.count;
  EXPECT_EQ(counted, 4) << "every value is in one bin";
  EXPECT_EQ(view->columns[2].distinct, 3);
}

TEST_P(DataTest, GivesBackTheVeryBytesOfAFileAndTheRowsOfASlice) {
  ASSERT_TRUE(put(write("flights.csv", kCsv)));
  ASSERT_TRUE(put(write("flights.csv", kCsv), "month=7"));
  const auto got = [&](const std::string& version) {
    auto stream = service_->get(caller_, {.dataset = "flights", .version = version});
    EXPECT_TRUE(stream) << stream.error().message;
    std::string all;
    for (auto piece = MUST(stream->next()); !piece.empty(); piece = MUST(stream->next()))
      all += piece;
    EXPECT_EQ(stream->size, all.size());
    return all;
  };
  EXPECT_EQ(got(""), kCsv);
  EXPECT_EQ(got("month=7"), kJulyCsv);
  EXPECT_TRUE(MUST(posix_files().list(directory_->path() + "/scratch")).empty());
}

TEST_P(DataTest, ASliceOfParquetIsParquetAndOneOfJsonIsRefused) {
  {
    const auto whole = MUST(engine_->open(write("flights.csv", kCsv).root));
    MUST(whole->write(directory_->path() + "/flights.parquet", table::Format::kParquet));
  }
  ASSERT_TRUE(put({.root = directory_->path() + "/flights.parquet", .given = "f"}, "month=7"));
  auto stream = MUST(service_->get(caller_, {.dataset = "flights", .version = "month=7"}));
  EXPECT_EQ(stream.file_name, "flights.parquet");
  std::string all;
  for (auto piece = MUST(stream.next()); !piece.empty(); piece = MUST(stream.next())) all += piece;
  const auto july = MUST(engine_->open(write("july.parquet", all).root));
  EXPECT_EQ(MUST(july->rows()), 2);
  ASSERT_TRUE(put(write("f.json", R"([{"month": 1}, {"month": 3}])"), "month=3"));
  const auto refused = service_->get(caller_, {.dataset = "flights", .version = "month=3"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
  EXPECT_NE(refused.error().hint.find("keep where month=3"), std::string::npos);
}

TEST_P(DataTest, OpensTheRowsOfASliceAndCleansUp) {
  ASSERT_TRUE(put(write("flights.csv", kCsv), "month=7"));
  {
    auto opened = service_->open(*service_->find(caller_, "flights", "month=7"));
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(MUST(opened->table->rows()), 2);
  }
  EXPECT_TRUE(MUST(posix_files().list(directory_->path() + "/scratch")).empty());
}

TEST_P(DataTest, RefusesWhatIsNoTableAndChangesNothing) {
  const struct {
    const char* name;
    std::string text;
  } bad[] = {{"empty.csv", ""},
             {"utf16.csv", std::string("\xff\xfe"
                                       "a\0,\0b\0",
                                       8)}};
  for (const auto& file : bad) {
    const auto result = put(write(file.name, file.text));
    ASSERT_FALSE(result) << file.name;
    EXPECT_EQ(result.error().code, Code::kInvalidArgument) << file.name;
    EXPECT_FALSE(result.error().hint.empty()) << file.name;
  }
  const auto directory = put({.root = directory_->path(), .given = "."});
  ASSERT_FALSE(directory);
  const auto slice = put(write("flights.csv", kCsv), "month");
  ASSERT_FALSE(slice);
  EXPECT_EQ(slice.error().subject, "slice");
  EXPECT_FALSE(put(write("flights.csv", kCsv), "nothing=1"));
  EXPECT_EQ(catalog_->assets(caller_, {})->total, 0);
}

TEST_P(DataTest, OwnersAndRightsHold) {
  ASSERT_TRUE(put(write("flights.csv", kCsv), "", "team-air"));
  EXPECT_EQ(catalog_->asset(caller_, "flights")->owner, "team-air");
  op::Caller reader = caller_;
  reader.role = op::Role::kReader;
  const auto refused =
      service_->put(reader, {.file = write("other.csv", "a\n1\n"), .name = "other"}, request_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  op::Caller elsewhere = caller_;
  elsewhere.scopes = {"workspace/hdma"};
  EXPECT_FALSE(service_->find(elsewhere, "flights", ""));
  EXPECT_TRUE(service_->versions(elsewhere)->empty());
}

INSTANTIATE_TEST_SUITE_P(Engines, DataTest, ::testing::Values("sqlite", "postgresql"));

TEST(Slice, IsColumnEqualsValue) {
  EXPECT_FALSE(*parse_slice(""));
  EXPECT_EQ((*parse_slice("a=b=c"))->value, "b=c");
  for (const char* bad : {"a", "=1", "a="}) EXPECT_FALSE(parse_slice(bad)) << bad;
}

}  // namespace
}  // namespace solvent::remedies::data
