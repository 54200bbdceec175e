// An example plugin: a simulation as a plain function, a coroutine that ticks, and one that reads a descriptor.
#include <fcntl.h>
#include <unistd.h>

#include <rota/rota.hpp>
#include <stdexcept>

namespace {

/// How much of the unit square lies in the circle, by chance: four times that is pi.
rota::Map run_one(rota::Context& ctx, std::int64_t points, std::uint32_t seed, bool shout) {
  if (points <= 0) throw std::invalid_argument("there is nothing to do with " + std::to_string(points) + " points");
  std::uint64_t state = seed + 1;
  const auto random = [&state] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state >> 11) * 0x1p-53;
  };
  std::int64_t inside = 0, done = 0;
  for (; done < points && !ctx.stop_requested(); ++done) {
    const double x = random(), y = random();
    inside += x * x + y * y < 1 ? 1 : 0;
    if (done % 65536 == 0) ctx.progress(static_cast<double>(done) / static_cast<double>(points));
  }
  const double pi = 4.0 * static_cast<double>(inside) / static_cast<double>(done);
  ctx.out((shout ? "PI IS ABOUT " : "pi is about ") + std::to_string(pi) + "\n");
  return {{"pi", pi}, {"points", done}};
}
ROTA_TARGET(run_one, "points", "seed=1", "shout=false").summary("estimates pi by chance");

/// The sum of numbers: a function need not know of Rota at all.
double total(std::vector<double> numbers, std::map<std::string, double> weights) {
  double sum = 0;
  for (const double n : numbers) sum += n;
  for (const auto& [name, weight] : weights) sum += weight;
  return sum;
}
ROTA_TARGET(total, "numbers", "weights").summary("adds numbers up");

rota::Task<> tick(rota::AsyncContext& ctx, std::int64_t count, rota::Duration delay) {
  for (std::int64_t i = 1; i <= count; ++i) {
    ctx.out("tick " + std::to_string(i) + "\n");
    co_await ctx.sleep(delay);
  }
}
ROTA_TARGET(tick, "count", "delay=1s").summary("prints, a delay apart, in all modes");

/// A coroutine that another one awaits.
rota::Task<std::string> read_line(rota::AsyncContext& ctx, int fd) {
  std::string line;
  for (char c = 0; c != '\n';) {
    if (!co_await ctx.readable(fd, std::chrono::seconds(30)))
      throw std::runtime_error("nobody wrote within 30 seconds");
    if (::read(fd, &c, 1) != 1) break;
    line += c;
  }
  co_return line;
}
rota::Task<rota::Map> first_line(rota::AsyncContext& ctx, std::string path) {
  const int fd = ::open(ctx.path(path).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) throw std::runtime_error("cannot open " + path);
  const struct Closed {
    int fd;
    ~Closed() { ::close(fd); }
  } closed{fd};
  const auto line = co_await read_line(ctx, fd);
  ctx.out(line);
  co_return rota::Map{{"bytes", line.size()}};
}
ROTA_TARGET(first_line, "path").summary("waits for a line in a FIFO");

}  // namespace
