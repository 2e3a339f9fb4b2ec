// Templates to begin from. What they say is content, in the languages of a shop: not text of the screen. Pure.

import { kEmptyDraft, type Draft } from './draft';

export const kExamples = ['cart', 'ready', 'webhook'] as const;
export type Example = (typeof kExamples)[number];

const html = (...lines: string[]) => ['<div style="font-family: sans-serif; max-width: 560px; margin: 0 auto; padding: 24px; line-height: 1.5">', ...lines.map((line) => `  ${line}`), '</div>', ''].join('\n');
const list = ['<ul>', '  {% for product in event.properties.products limit: 5 %}', '  <li>{{ product.name }}, {{ product.price | round: 2 }} {{ event.properties.currency }}</li>', '  {% endfor %}', '</ul>'];
const button = (text: string) => `<p><a href="{{ event.properties.url }}" style="background: #17705d; color: #fff; padding: 10px 18px; border-radius: 6px; text-decoration: none">${text}</a></p>`;
const leave = (text: string) => `<p style="font-size: 12px; color: #666"><a href="{{ links.unsubscribe }}" style="color: #666">${text}</a></p>`;

const kCart: Draft['parts'] = {
  en: { subject: '{{ person.traits.firstName | default: "Hello" }}, your cart is waiting', html: html('<p>Hi {{ person.traits.firstName | default: "there" }},</p>', '<p>this is still in your cart:</p>', ...list, button('To your cart'), leave('No more of these')) },
  tr: { subject: '{{ person.traits.firstName | default: "Merhaba" }}, sepetiniz sizi bekliyor', html: html('<p>Merhaba {{ person.traits.firstName | default: "" }},</p>', '<p>sepetinizde hâlâ şunlar var:</p>', ...list, button('Sepete git'), leave('Artık gönderme')) },
  ro: { subject: '{{ person.traits.firstName | default: "Bună" }}, coșul te așteaptă', html: html('<p>Bună, {{ person.traits.firstName | default: "" }}</p>', '<p>acestea sunt încă în coșul tău:</p>', ...list, button('Spre coș'), leave('Nu mai trimiteți')) },
};

const kReady: Draft['parts'] = {
  en: { text: 'Your order {{ event.properties.order_id }} is ready at {{ event.properties.store | default: "our store" }}.' },
  tr: { text: '{{ event.properties.order_id }} numaralı siparişiniz hazır: {{ event.properties.store | default: "mağazamız" }}.' },
  ro: { text: 'Comanda {{ event.properties.order_id }} te așteaptă la {{ event.properties.store | default: "magazinul nostru" }}.' },
};

/** A draft to begin from, under the name that it is to have. */
export function exampleOf(example: Example, name: string): Draft {
  switch (example) {
    case 'cart': return { ...kEmptyDraft, name, parts: kCart, required: ['event.properties.products'] };
    case 'ready': return { ...kEmptyDraft, name, channel: 'sms', parts: kReady, required: ['event.properties.order_id'] };
    case 'webhook': return { ...kEmptyDraft, name, channel: 'webhook', parts: { en: { body: '{\n  "person": {{ person.id }},\n  "event": {{ event.name }},\n  "order": {{ event.properties.order_id }}\n}\n' } } };
  }
}
