#include <algorithm>
#include <cmath>
#include <vector>

#include "oracle/closed_form.hpp"
#include "parallel.hpp"

namespace gradlane {
namespace {

constexpr double most_work = 0x1p21;      // 0.1 s, for as many components as that allows …
constexpr double too_much_work = 0x1p25;  // … but none at all if a single one takes longer than this
constexpr std::size_t most_components = 64;

quad binomial(int n, int k) {
  quad b(1);
  for (int j = 0; j < k; ++j) b = b * (n - j) / (j + 1);
  return b;
}

/// δᵖg_i/hᵖ, the central difference of order p of a component along its own input. With h = 2⁻⁸ its truncation is about
/// h²p/24 of the next derivatives but one, and its noise 2⁻¹¹³·2ᵖ/hᵖ < 2⁻⁴⁰: two digits are plenty.
template <class T>
double derivative(const closed_form<T>& form, std::vector<quad>& point, std::size_t i, int p) {
  const quad h = 0x1p-8, centre = point[i];
  quad sum(0);
  for (int k = 0; k <= p; ++k) {
    point[i] = centre + (quad(k) - quad(p) / 2) * h;
    const quad term = binomial(p, k) * form.component_at(point.data(), i);
    sum += (p - k) % 2 == 0 ? term : -term;
  }
  point[i] = centre;
  for (int k = 0; k < p; ++k) sum /= h;
  return static_cast<double>(sum);
}

}  // namespace

template <class T>
std::optional<double> derivative_norm(closed_form<T>& form, std::span<const std::size_t> indices, int p,
                                      double value_work) {
  const bool known = p == 1 || p == 2 || p == 4 || p == 6 || p == 8;
  const double work = (p + 1) * value_work;
  if (!known || indices.empty() || work > too_much_work) return std::nullopt;
  const auto affordable =
      static_cast<std::size_t>(std::clamp(most_work / work, 1.0, static_cast<double>(most_components)));
  const std::size_t count = std::min(indices.size(), affordable);
  form.need_values_elsewhere();
  std::vector<double> found(count);
  parallel_for(static_cast<double>(count) * work < 0x1p14 ? 1 : oracle_threads(), count,
               [&](std::size_t begin, std::size_t end, int) {
                 std::vector<quad> point(form.x(), form.x() + form.size());
                 for (std::size_t k = begin; k < end; ++k)
                   found[k] = derivative(form, point, indices[k * indices.size() / count], p);
               });
  double squares = 0;
  for (const double d : found) squares += d * d;
  return std::sqrt(squares / static_cast<double>(count) * static_cast<double>(indices.size()));
}

template std::optional<double> derivative_norm(closed_form<float>&, std::span<const std::size_t>, int, double);
template std::optional<double> derivative_norm(closed_form<double>&, std::span<const std::size_t>, int, double);

}  // namespace gradlane
