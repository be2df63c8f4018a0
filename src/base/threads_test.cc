#include "base/threads.h"

#include <gtest/gtest.h>

#include <latch>

namespace solvent {
namespace {

TEST(ThreadPool, FinishesWhatItAccepted) {
  std::atomic<int> done = 0;
  {
    ThreadPool pool(3, 1'000);
    for (int i = 0; i < 500; ++i) MUST(pool.submit([&] { ++done; }));
  }
  EXPECT_EQ(done, 500);
}

TEST(ThreadPool, ShedsLoadWhenFull) {
  std::latch started(1), release(1);
  ThreadPool pool(1, 2);
  MUST(pool.submit([&] {
    started.count_down();
    release.wait();
  }));
  started.wait();
  MUST(pool.submit([] {}));
  MUST(pool.submit([] {}));
  EXPECT_EQ(pool.queued(), 2u);
  EXPECT_EQ(pool.submit([] {}).error().code, Code::kResourceExhausted);
  release.count_down();
}

TEST(ThreadPool, WorkersRunSideBySide) {
  std::latch together(2);
  ThreadPool pool(2, 2);
  for (int i = 0; i < 2; ++i) MUST(pool.submit([&] { together.arrive_and_wait(); }));
}

TEST(CancelToken, IsSeen) {
  CancelToken token;
  EXPECT_TRUE(token.check());
  token.cancel();
  EXPECT_EQ(token.check().error().code, Code::kCancelled);
}

}  // namespace
}  // namespace solvent
