package io.shadowmesh.dataplane.request;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One line of the control socket, as words: a name, plain words, and pairs of a key and a value.
 *
 * @param name   the first word.
 * @param words  the plain words that follow.
 * @param values the pairs, in their order.
 */
public record Request(String name, List<String> words, Map<String, String> values)
{
    /**
     * Copies.
     */
    public Request
    {
        words = List.copyOf(words);
        values = new LinkedHashMap<>(values);
    }

    /**
     * Takes a line apart.
     *
     * @param line without its end.
     * @return what it says; the name is empty where there is no word.
     * @throws IllegalArgumentException when an escape is not two hexadecimal digits.
     */
    public static Request parse(final String line)
    {
        String name = "";
        final List<String> words = new ArrayList<>();
        final Map<String, String> values = new LinkedHashMap<>();
        for (final String word : line.strip().split(" +"))
        {
            final int equals = word.indexOf('=');
            if (name.isEmpty())
            {
                name = WordText.decode(word);
            }
            else if (equals > 0)
            {
                values.put(WordText.decode(word.substring(0, equals)), WordText.decode(word.substring(equals + 1)));
            }
            else
            {
                words.add(WordText.decode(word));
            }
        }
        return new Request(name, words, values);
    }

    /**
     * A request without words and values, to which {@link #with} adds.
     *
     * @param name its first word.
     * @return the request.
     */
    public static Request of(final String name)
    {
        return new Request(name, List.of(), Map.of());
    }

    /**
     * The same with one word more.
     *
     * @param word to add.
     * @return a new request.
     */
    public Request with(final String word)
    {
        final List<String> more = new ArrayList<>(words);
        more.add(word);
        return new Request(name, more, values);
    }

    /**
     * The same with one pair more.
     *
     * @param key   to add.
     * @param value of it, written as {@link String#valueOf(Object)} does.
     * @return a new request.
     */
    public Request with(final String key, final Object value)
    {
        final Map<String, String> more = new LinkedHashMap<>(values);
        more.put(key, String.valueOf(value));
        return new Request(name, words, more);
    }

    /**
     * A value that must be there.
     *
     * @param key to look up.
     * @return its value.
     * @throws IllegalArgumentException when it is not there; the message names it.
     */
    public String value(final String key)
    {
        final String value = values.get(key);
        if (null == value)
        {
            throw new IllegalArgumentException(name + ": " + key + "= is missing");
        }
        return value;
    }

    /**
     * A value that is a whole number.
     *
     * @param key     to look up.
     * @param lowest  that is allowed.
     * @param highest that is allowed.
     * @param usual   what it is where it is not given.
     * @return the number.
     * @throws IllegalArgumentException when it is no number or out of range; the message says so.
     */
    public long number(final String key, final long lowest, final long highest, final long usual)
    {
        final String text = values.get(key);
        if (null == text)
        {
            return usual;
        }
        try
        {
            final long value = Long.parseLong(text);
            if (value >= lowest && value <= highest)
            {
                return value;
            }
        }
        catch (final NumberFormatException e)
        {
            throw outOfRange(key, text, lowest, highest);
        }
        throw outOfRange(key, text, lowest, highest);
    }

    /**
     * A value that is a whole number, whatever it is.
     *
     * @param key to look up.
     * @return the number.
     * @throws IllegalArgumentException when it is missing or no number.
     */
    public long number(final String key)
    {
        value(key);
        return number(key, Long.MIN_VALUE, Long.MAX_VALUE, 0);
    }

    /**
     * The line, without its end.
     */
    @Override
    public String toString()
    {
        final StringBuilder line = new StringBuilder(WordText.encode(name));
        words.forEach(word -> line.append(' ').append(WordText.encode(word)));
        values.forEach((key, value) ->
            line.append(' ').append(WordText.encode(key)).append('=').append(WordText.encode(value)));
        return line.toString();
    }

    private IllegalArgumentException outOfRange(
        final String key, final String text, final long lowest, final long highest)
    {
        return new IllegalArgumentException(
            name + ": " + key + "=" + text + ": give a whole number from " + lowest + " to " + highest);
    }
}
