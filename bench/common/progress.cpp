#include "common/progress.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace gradlane::bench {

namespace {

volatile sig_atomic_t interrupt_flag = 0;

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupt_flag = 1; };
  sigemptyset(&action.sa_mask);
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupt_requested() { return interrupt_flag != 0; }

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "an unknown time";
  const long whole = std::max(1L, std::lround(seconds));
  if (whole < 60) return "about " + std::to_string(whole) + " s";
  if (whole < 3600) return "about " + std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
  return "about " + std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

int print_estimate(double seconds) {
  std::printf("%.0f\n", std::ceil(seconds));
  return 0;
}

progress::progress(double expected_seconds)
    : expected_(std::max(expected_seconds, 1e-3)),
      visible_(isatty(STDERR_FILENO) == 1),
      colour_(visible_ && std::getenv("NO_COLOR") == nullptr) {}

progress::~progress() { clear(); }

void progress::show(std::string_view label, double done_seconds) {
  const steady::time_point now = steady::now();
  if (!visible_ || now - drawn_at_ < std::chrono::milliseconds(100)) return;
  drawn_at_ = now;
  const double share = std::clamp(done_seconds / expected_, 0.0, 1.0), spent = seconds_since(start_);
  // At first the estimate is all there is; later what was measured on this machine counts.
  const double left = share < 0.02 ? expected_ - done_seconds : spent * (1 - share) / share;
  char head[64];
  std::snprintf(head, sizeof head, "[%3.0f%%] %s left  ", 100 * share, duration_text(left).c_str());
  std::string line = head;
  line.append(label);
  line.resize(std::min(line.size(), terminal_width() - 1));
  const std::size_t width = terminal_width() - 1;
  if (line.size() < width) line.append(width - line.size(), ' ');
  std::fprintf(stderr, colour_ ? "\r\033[2m%s\033[0m" : "\r%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void progress::clear() {
  if (!drawn_) return;
  std::fprintf(stderr, "\r%*s\r", static_cast<int>(terminal_width() - 1), "");
  std::fflush(stderr);
  drawn_ = false;
}

}  // namespace gradlane::bench
