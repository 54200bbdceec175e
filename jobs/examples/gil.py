"""Work for processors, in Python: what gil.yaml runs on threads and in processes."""


def count_primes(limit: int) -> int:
    """counts the primes below a limit, by trying"""
    found = 0
    for n in range(2, limit):
        divisor = 2
        while divisor * divisor <= n and n % divisor:
            divisor += 1
        if divisor * divisor > n:
            found += 1
    print(found)
    return found
